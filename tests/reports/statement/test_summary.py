"""A payee of many members: what of its positions and postings is added up, and that nothing is lost by it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from lxml import html  # type: ignore[import-untyped]

from reports.statement.rebates_file import COLUMNS, render_rebates
from reports.statement.summary import summed_lines, with_summed

SIZES = st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 9)), max_size=8)


@given(SIZES, st.integers(1, 20))
def test_as_many_positions_are_shown_in_full_as_fit(sizes: list[tuple[str, int]], most: int) -> None:
    rows = [(payee, "p", f"r{n}") for n, (payee, size) in enumerate(sizes) for _ in range(size)]
    positions = pl.DataFrame(rows, schema=["payee_id", "program", "rebate"], orient="row")
    found = with_summed(positions, most)
    assert found.drop("is_summed").equals(positions)
    for payee in "AB":
        of_rebates = found.filter(payee_id=payee).group_by("rebate").agg(pl.col("is_summed").unique(), size=pl.len())
        assert all(len(flags) == 1 for flags in of_rebates["is_summed"])
        shown = of_rebates.filter(~pl.col("is_summed").list.first())["size"].to_list()
        summed = of_rebates.filter(pl.col("is_summed").list.first())["size"].to_list()
        assert sum(shown) <= most
        assert not summed or sum(shown) + min(summed) > most
        assert not summed or max(shown, default=0) <= min(summed)


def test_a_rebate_that_is_added_up_has_a_row_per_period(sample: Any) -> None:
    is_quarterly = pl.col("rebate") == "quarterly"
    positions = sample.frames.positions
    twice = pl.concat(
        [positions, positions.filter(is_quarterly, period="2026-Q3").with_columns(member_id=pl.lit("D-2"))]
    )
    books = replace(sample, frames=replace(sample.frames, positions=twice.with_columns(is_summed=is_quarterly)))
    page = html.fromstring(books.page("D-0001"))
    rows = [[cell.text_content() for cell in row] for row in page.xpath("//div[@class='periods']//tr")]
    assert rows == [
        ["Period", "Partners", "Earned so far", "In earlier payouts", "In this payout", "Not settled yet"],
        ["Q4 2026", "1", "$0.00", "$0.00", "$0.00", "$0.00"],
        ["Q3 2026", "2", "$2,306.26", "$2,342.26", "-$36.00", "$0.00"],
    ]
    notes = [note.text_content() for note in page.xpath("//article[div[@class='periods']]/p")]
    assert notes[0].startswith("There are many, so they are added up by period. Each of them is in the file d-0001-")
    assert notes[1] == "Transactions left out for want of a rate or unit: 3"
    assert len(page.xpath("//article[.//svg]")) == 1


def test_postings_beyond_the_limit_are_added_up_and_adjustments_are_not() -> None:
    line = {"currency": "USD", "program": "p", "rebate": "r", "period": "2026", "kind": "rebate", "amount": Decimal(2)}
    lines = [{**line, "seq": n} for n in range(3)]
    lines += [{**line, "seq": 3 + n, "kind": "adjustment"} for n in range(2)]
    assert [row["postings"] for row in summed_lines(lines, 5)] == [None] * 5
    found = summed_lines(lines, 4)
    assert [(row["kind"], row["amount"], row["postings"]) for row in found] == [
        ("rebate", 6, 3), ("adjustment", 2, None), ("adjustment", 2, None),
    ]  # fmt: skip
    assert [row["amount"] for row in lines] == [2] * 5


def test_the_file_beside_is_plain_csv(sample: Any) -> None:
    hostile = sample.frames.positions.head(1).with_columns(member_name=pl.lit("=1+1"))
    header, row, end = render_rebates(hostile, {"USD": 2}).decode().split("\r\n")
    assert (header, end) == (",".join(COLUMNS), "")
    assert row == (
        "dealer-growth-2026,annual-growth,2026,D-0001,'=1+1,2026-01-01,2026-12-31,6.9999999999,107000.5555555555,2,"
        "3000.00,2000.00,1000.00,0.00,USD"
    )
