"""What the page of the output files says beyond the columns."""

from __future__ import annotations

INTRODUCTION = """\
Files appear in `out/` of the workspace, a folder at a time, whole or not at all. The same books give the same bytes.

| folder | what is in it |
| --- | --- |
| `out/<run id>/` | what a run publishes: payouts, statements, journal, overlaps, manifest |
| `out/export-<batch id>/` | what leaves for the ERP: the profile's files, and last of all the trigger |
| `rejects/<data set>/` | the rows that were refused, to be corrected |
| `published/current/` | the tables of the books as Parquet, to be read at any time |

CSV is RFC 4180 in UTF-8 with CRLF, unless the profile of an export says otherwise. A *day* is 2026-01-31. An *amount*
has a decimal point, no thousands mark and the decimals of its currency; a *number* has as many as it needs. What does
not apply is empty. A text that a spreadsheet would run as a formula is refused by name, and nothing is published;
in the list of overlaps and beside statements, which no system reads, it gets an apostrophe in front.
"""

JOURNAL = """\
The entries of the month for the general ledger, two lines each. It is there where the workspace names
[accounts](configuration.md#accruals). An amount stands under debit or credit, the other cell is empty.
"""

OVERLAPS = """\
One row is a pair of rebates and a currency: the transactions that both pay on, one of them in this month's payouts,
added up. Amounts in currencies that Rebatch does not know have four decimals.
"""

LISTED = """\
`rebatch overlaps --csv` lists the transactions themselves. One row is a transaction that more than one rebate pays on.
"""

STATEMENTS = """\
A page of HTML for every payee, in the payee's language, complete in itself: what is paid and when, the account since
the last statement, what is worth most to reach next, and clause by clause what was earned and why. Its name is made of
the payee's id; `statements` in the manifest says which is whose. [Statements](../explanation/statements.md) says how to
read one.

A period that runs stands in full, and so does the last one of a rebate that this payout settles for the first time;
every other closed period is a line. A list of transactions has at most 200 lines under a rebate and 2,000 on a page;
what has more of them is added up by day, by month, or altogether. Then each of them is in a file beside the page, and
so are positions that a page has only a line of several for.
"""

ACCOUNT = """\
Every entry of a payee's account since its last statement of an earlier month, in each currency: what it stood at
(`opening`), what was `earned`, `restated`, `adjusted` and written off (`write_off`), what was `paid`, `overpaid` (above
a payout, and owed by nobody until it is recovered) and `invoiced`. Together they are the balance of the page, which is
the `opening` of the next one.
"""

SUMMED = """\
The positions of which a page has only a line for several: what each member earns under a rebate in a period. It is
there where a payee is paid for many members.
"""

PURCHASES = (
    "Beside the page of transactions in each folder of the [partner site](../how-to/partner-site.md): one row is a "
    "transaction in force of the payee, or of somebody paid through it alone, the newest first."
)
TRANSACTIONS = """\
Every transaction that counts, once, in the order of days, with all that it counts for: periods that run, and closed
periods that this payout settles or corrects, whether the page lists it or adds it up. What adds up to a figure is found
by its text in the last column. The file is there where the page would have more than 30 lines, or adds any of them up.
Amounts in currencies that Rebatch does not know have four decimals.
"""

EXPORT = """\
`rebatch export` writes the files of the profile in the profile's own dress. A profile without a file of lines gets
`payout_lines.csv` as above. Last of all comes the trigger, by default `export.trg`: where it is, the others are whole.
It holds the hash of the manifest as `sha256sum --check` reads it. In an export the `payout_id` of a payout that is
exported again, because the ERP refused it, has the number of the attempt behind it.
"""

BANK = """\
ISO 20022 pain.001.001.09, beside the other files where the workspace names a [bank](configuration.md#bank): one message
with the export's id, in it one instruction per currency and day of execution, in it one transfer per payout. The day is
that on which the payout is due, or that of the export if it is later. Accounts, names and addresses of payees come from
[extra columns of the members](data-sets.md#how-a-payee-is-paid). A payout that the bank would not take is set aside
with its reason, and the others are exported. Every message is checked against the published schema.
"""

PROFILES = """\
What a column of a [profile](configuration.md#a-profile) may hold; *payouts* and *lines* are the `rows` of its file. The
profiles that Rebatch comes with, beside `generic` above, follow.
"""

REJECTS = """\
A file of rejects has the extract's own columns as the extract wrote them, and these behind. Correct the rows and put
the file where the extracts of its source lie: the next run loads them and closes the rejects.
"""

PANELS = """\
Where the workspace says `panels: {nightly: true}`, each run leaves the panel of every member here, as `….json` and
`….html`: what [`rebatch panel`](../how-to/look-after-members.md) shows, exactly, and as one `<section>` to embed. They
belong to no run and are in no manifest: a file is replaced when it changed.
"""
