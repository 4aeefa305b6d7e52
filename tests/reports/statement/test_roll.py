"""The account of a payee: what it stood at, what moved, what it stands at, and what is still to come."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.page.language import Language
from reports.statement.account import Account
from reports.statement.entries_file import COLUMNS, entries_files
from reports.statement.opportunities import opportunities_view
from reports.statement.roll import PLACES, rolls_view
from reports.statement.statement import shown

if TYPE_CHECKING:
    from reports.statement.position import Row

EN = Language("en", {"USD": 2})


def view(sample: Any, payee_id: str = "D-0001", **changes: Any) -> dict[str, Any]:
    made = shown(sample.frames, replace(sample.issue, **changes))
    return next(each.view for each in made if each.payee_id == payee_id)


def pairs(rows: list[Row]) -> list[tuple[str, str]]:
    return [(row["name"], row["amount"]) for row in rows]


def test_the_account_leads_from_the_last_statement_to_this_one(sample: Any) -> None:
    [account] = view(sample)["accounts"]
    assert pairs(account["lines"]) == [
        ("Balance at the last statement", "$1,030.00"), ("Earned", "$1,000.00"),
        ("Corrections of earlier settlements", "-$18.00"), ("Paid to you", "-$350.00"),
        ("Paid above what was due", "$10.00"),
    ]  # fmt: skip
    assert pairs([account["closing"], *account["parts"]]) == [
        ("We owe you", "$1,672.00"), ("To be paid, as above", "$1,672.00"),
    ]  # fmt: skip
    assert [line["section"] for line in account["lines"]] == ["payable", "made-of", "made-of", "payments", "payments"]


def test_payments_say_how_they_fit_their_payout(sample: Any) -> None:
    found = [[row[name] for name in ("day", "of", "reference", "note", "amount")] for row in view(sample)["payments"]]
    assert found == [
        ["October 28, 2026", "July 2026", "=TRN-0", "in part: $50.00 still to come", "$250.00"],
        ["October 28, 2026", "August 2026", "=TRN-1", "$10.00 more than the payout", "$100.00"],
    ]


def test_who_owes_is_told_so(sample: Any) -> None:
    entries = sample.frames.entries.filter(pl.col("entry") == "opening")
    owing = replace(sample, frames=replace(sample.frames, entries=entries))
    [yen, dollars] = view(owing, "髙橋")["accounts"]
    assert pairs([yen["closing"]]) == [("貴社からの未収額", "-￥800")]
    assert pairs([dollars["closing"]]) == [("残高", "$0.00")]


@pytest.mark.parametrize(
    ("left", "end", "said"),
    [
        ("12.50", "2026-12-31", "The period runs until December 31, 2026"),
        ("12.50", "2026-11-22", "The period ended on November 22, 2026 and is settled in one of the next runs"),
        ("-12.50", "2026-12-31", "Paid ahead of what is earned so far: as it stands, it comes off at the end on"),
    ],
)
def test_what_is_earned_and_not_payable_says_why(sample: Any, left: str, end: str, said: str) -> None:
    growth = pl.col("rebate") == "annual-growth"
    positions = sample.frames.positions.filter(growth).with_columns(
        open_amount=pl.lit(Decimal(left)), period_end=pl.lit(end).str.to_date()
    )
    [account] = view(replace(sample, frames=replace(sample.frames, positions=positions)))["accounts"]
    [(name, amount)] = pairs(account["waiting"])
    assert name.startswith(said)
    assert amount == EN.money(Decimal(left), "USD")


AMOUNTS = st.lists(st.tuples(st.sampled_from(list(PLACES)), st.decimals(-(10**6), 10**6, places=2)), max_size=12)


@given(AMOUNTS)
def test_the_lines_add_up_to_the_balance(amounts: list[tuple[str, Decimal]]) -> None:
    place = {"currency": "USD", "day": None, "payout_id": "P", "reference": ""}
    entries = [place | {"entry": entry, "amount": amount} for entry, amount in amounts]
    found = rolls_view(Account({"payee_id": "P"}, EN, entries=entries), None)  # type: ignore[arg-type]  # no positions
    for account in found:
        read = [Decimal(line["amount"].replace("$", "").replace(",", "")) for line in account["lines"]]
        closing = Decimal(account["closing"]["amount"].replace("$", "").replace(",", ""))
        assert sum(read) == closing == sum(amount for _, amount in amounts)


def test_the_file_of_entries_is_plain_csv(sample: Any) -> None:
    mine = sample.frames.entries.filter(payee_id="D-0001", entry="paid").tail(1)
    [file] = entries_files(mine, {"USD": 2})
    header, row, end = file.content.decode().split("\r\n")
    assert (header, end) == (",".join(COLUMNS), "")
    assert row == "USD,paid,2026-10-28,2026-08-USD-77,2026-08,,,,,,'=TRN-1,,-100.00"


def test_the_best_opportunities_bring_most_for_what_is_missing(sample: Any) -> None:
    found = view(sample)["opportunities"]
    assert [(one["title"], one["headline"], one["until"], one["brings"]) for one in found] == [
        ("Annual growth bonus", "$500.45 more to tier 3", "until December 31, 2026", "It brings $1,000.00 more."),
    ]
    # The quarter lacks more than was bought in it so far: out of reach.
    near = sample.frames.positions.with_columns(
        missing_measure=pl.when(period="2026-Q4").then(pl.lit(Decimal(10))).otherwise("missing_measure"),
        missing_amount=pl.when(period="2026-Q4").then(pl.lit(Decimal("10.00"))).otherwise("missing_amount"),
    )
    books = replace(sample, frames=replace(sample.frames, positions=near))
    assert [one["title"] for one in view(books)["opportunities"]] == ["Quarterly revenue rebate", "Annual growth bonus"]
    page = books.page("D-0001")
    assert all(f'id="{one["anchor"]}"' in page for one in view(books)["opportunities"])


def test_a_group_is_told_of_its_opportunity_once(sample: Any) -> None:
    growth = sample.frames.positions.head(1).with_columns(part=pl.lit(Decimal(5), dtype=pl.Decimal(38, 10)))
    both = pl.concat([growth, growth.with_columns(member_id=pl.lit("D-2"))]).to_dicts()
    account = Account({"payee_id": "D-0001"}, EN, positions=both)
    [one] = opportunities_view(account, sample.issue)
    assert one["brings"] == "It brings your group $1,000.00 more."
