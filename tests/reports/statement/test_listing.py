"""Lists of transactions: complete, in order, in the words of the reader."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import polars as pl
import pytest

from reports.page.language import Language
from reports.statement.listing import COLUMNS, Listing, listing_view, listings
from schemas.types import MONEY, QUANTITY


def sales(count: int, payee: str) -> pl.DataFrame:
    rows = [
        (
            payee,
            "row",
            date(2026, 1, 1 + n % 2),
            f"T{n}",
            "P",
            "Pad",
            "sale",
            Decimal("0.5"),
            "each",
            Decimal("0.01"),
            "USD",
            1,
            n,
            None,
        )
        for n in range(count)
    ]
    types = {
        "activity_date": pl.Date(),
        "quantity": QUANTITY,
        "amount": MONEY,
        "transactions": pl.Int64(),
        "entry": pl.Int64(),
    }
    schema = {name: types.get(name, pl.String()) for name in ("payee_id", *COLUMNS)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def read(transactions: pl.DataFrame) -> dict[str, Listing]:
    """Write the lists of all payees; the columns are those of `sales`, and tag where it is not English."""
    tagged = transactions if "tag" in transactions.columns else transactions.with_columns(tag=pl.lit("en"))
    by = ["tag", "payee_id", "detail", "currency"]
    sums = tagged.group_by(by, maintain_order=True).agg(pl.col("amount", "transactions").sum())
    return {row[0]: Listing(*row[1:]) for row in listings(tagged, sums, ["payee_id"], {"USD": 2}).iter_rows()}


def test_who_bought_is_named_and_each_reader_reads_its_own(sales_of_two: pl.DataFrame) -> None:
    found = read(sales_of_two)
    assert '<td>T0 <span class="buyer">Store &lt;7&gt;</span></td>' in found["A"].html
    assert "buyer" not in found["B"].html
    assert "<td>T0</td>" in found["B"].html


@pytest.fixture
def sales_of_two() -> pl.DataFrame:
    """The same sale in the lists of a chain, which did not buy itself, and of its store."""
    store = sales(1, "B")
    return pl.concat([sales(1, "A").with_columns(buyer_name=pl.lit("Store <7>")), store])


def view(transactions: pl.DataFrame) -> dict[str, Any]:
    (listing,) = read(transactions).values()
    return listing_view(listing, Language("en", {"USD": 2}), "a.csv")


def cells(html: str) -> list[list[str]]:
    """Take the text of each row's cells, as a browser shows it."""
    return [[unescape(re.sub("<[^>]*>", "", cell)) for cell in row.split("</td>")[:-1]] for row in html.splitlines()]


def test_a_list_is_complete_and_in_order() -> None:
    shown = view(sales(45, "A"))
    assert (len(cells(shown["html"])), shown["is_folded"], shown["note"]) == (45, True, "")
    assert cells(shown["html"])[0] == ["Jan 1, 2026", "T0", "Pad P", "sale", "0.50 pieces", "0.01 USD"]
    assert cells(shown["html"])[-1][:2] == ["Jan 2, 2026", "T9"]


def test_sums_of_days_say_what_they_are() -> None:
    names = {name: pl.lit("") for name in ("transaction_id", "product_id", "product_name")}
    shown = view(sales(2, "A").with_columns(**names, transactions=1000 + pl.int_range(2), detail=pl.lit("day")))
    assert cells(shown["html"]) == [
        ["Jan 1, 2026", "Transactions: 1,000", "", "sale", "0.50 pieces", "0.01 USD"],
        ["Jan 2, 2026", "Transactions: 1,001", "", "sale", "0.50 pieces", "0.01 USD"],
    ]
    assert shown["title"] == "Transactions that count: 2,001"
    assert shown["total"] == "0.02 USD"
    assert (shown["note"], shown["file"]) == ("There are many, so they are added up by day.", "a.csv")


def test_each_partner_reads_its_own_rows_in_its_own_language() -> None:
    spoken = pl.concat([sales(2, "A").with_columns(tag=pl.lit("en")), sales(1, "B").with_columns(tag=pl.lit("ja"))])
    listed = read(spoken)
    assert [row[:1] for row in cells(listed["A"].html)] == [["Jan 1, 2026"], ["Jan 2, 2026"]]
    assert [row[:1] for row in cells(listed["B"].html)] == [["2026/01/01"]]


def test_texts_of_others_are_shown_and_never_obeyed() -> None:
    hostile = "<b>&amp;'\"{}</b>"
    names = ("transaction_id", "product_id", "product_name", "type", "unit", "currency")
    shown = view(sales(1, "A").with_columns(pl.lit(hostile).alias(name) for name in names))
    assert cells(shown["html"]) == [
        ["Jan 1, 2026", hostile, f"{hostile} {hostile}", hostile, f"0.50 {hostile}", f"0.01 {hostile}"]
    ]
    assert "<b>" not in shown["html"]


def test_a_product_without_a_name_is_shown_by_its_id() -> None:
    shown = view(sales(2, "A").with_columns(product_name=pl.Series([None, ""], dtype=pl.String)))
    assert [row[2] for row in cells(shown["html"])] == ["P", "P"]


def test_totals_are_told_per_currency() -> None:
    euros = sales(1, "A").with_columns(currency=pl.lit("EUR"), amount=-pl.col("amount"), entry=pl.lit(2, pl.Int64))
    shown = view(pl.concat([sales(2, "A"), euros]))
    assert shown["total"] == "-0.01 EUR + 0.02 USD"
    assert 'class="minus">-0.01 ' in shown["html"]


def test_what_counts_for_two_positions_stands_in_both() -> None:
    listed = read(pl.concat([sales(3, "A"), sales(2, "B")]))
    assert [row[1] for row in cells(listed["A"].html)] == ["T0", "T2", "T1"]
    assert [row[1] for row in cells(listed["B"].html)] == ["T0", "T1"]
