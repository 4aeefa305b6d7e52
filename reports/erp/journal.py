"""journal.csv: the entries of a month for the general ledger, two lines each."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import amount_text, check_minor_units, control_totals, with_digits
from reports.erp.cell_checks import safe
from schemas.output_columns import OutputColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

JOURNAL_FILE = "journal.csv"
_TEXTS = ("program", "rebate", "member_id", "payee_id", "period", "kind", "posting_id", "text")
COLUMNS: Mapping[str, OutputColumn] = MappingProxyType(
    {
        "entry_id": OutputColumn("text", "id of the entry: the month and the posting's number", "2026-11-00000001"),
        "line": OutputColumn("whole", "1 of the debit, 2 of the credit", "1"),
        "date": OutputColumn("day", "last day of the month it is posted in", "2026-11-30"),
        "account": OutputColumn("text", "number of the account, as `accruals: accounts:` says", "4100"),
        "debit": OutputColumn("money", "amount, where the line is a debit", "1234.50"),
        "credit": OutputColumn("money", "amount, where the line is a credit", "1234.50"),
        "currency": OutputColumn("text", "currency of the amount", "USD"),
        "program": OutputColumn("text", "id of the program", "volume-bonus-2026"),
        "rebate": OutputColumn("text", "id of the rebate in the program", "quarterly-volume"),
        "member_id": OutputColumn("text", "who earned it", "D-0001"),
        "payee_id": OutputColumn("text", "who is paid", "D-0001"),
        "period": OutputColumn("text", "period of the rebate", "2026-Q3"),
        "kind": OutputColumn("text", "kind of the posting: accrual, rebate, restatement, adjustment, …", "rebate"),
        "posting_id": OutputColumn("text", "id of the posting in the ledger", "c7e7f57e8eaa52ff"),
        "text": OutputColumn("text", "why it was posted", "settled through 2026-09-30"),
    }
)
"""The columns of the file. An amount is under debit or credit; the other cell is empty."""


def render_journal(lines: pl.DataFrame, accounts: Mapping[str, str], digits: Mapping[str, int]) -> bytes:
    """Render `lines` (rules.ledger.journal.JOURNAL) in their order as CSV: RFC 4180, UTF-8, a decimal point.

    accounts: the number of each account; digits: the decimals of each currency.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.

    Raises:
        InvariantError: an amount has more decimals than its currency.
    """
    known = with_digits(lines, digits)
    check_minor_units(known, file=JOURNAL_FILE, name="posting_id")
    figures = {side: pl.when(side=side).then(amount_text("amount", "digits")) for side in ("debit", "credit")}
    cells = known.with_columns(
        pl.col("account").replace_strict(dict(accounts), return_dtype=pl.String),
        pl.col("date").cast(pl.String),
        pl.col("line").cast(pl.String),
        *(safe(pl.col(column)).alias(column) for column in _TEXTS),
        **figures,
    ).select(*COLUMNS)
    return cells.write_csv(line_terminator="\r\n").encode()


def journal_totals(lines: pl.DataFrame, digits: Mapping[str, int]) -> dict[str, str]:
    """Return the sum of the debits per currency, which is that of the credits too: the control totals of the file."""
    return control_totals(with_digits(lines.filter(side="debit"), digits))
