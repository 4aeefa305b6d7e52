"""A payee of many members: what of its positions and postings is added up, and that nothing is lost by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from lxml import html  # type: ignore[import-untyped]

from reports.statement.paths import statement_path
from reports.statement.rebates_file import COLUMNS, rebates_files
from reports.statement.summary import summed_lines, with_forms

SIZES = st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 9)), max_size=8)
AS_OF = date(2026, 11, 23)
FORMED = ("horizon", "period_end", "posted_before")


def formed(rows: list[tuple[object, ...]], most: int = 60) -> pl.DataFrame:
    """Give positions (payee, rebate, member, horizon, end, posted before) their forms."""
    names = ["payee_id", "rebate", "member_id", *FORMED]
    types = {"period_end": pl.Date(), "posted_before": pl.Decimal(18, 4)}
    schema = {name: types.get(name, pl.String()) for name in names}
    positions = pl.DataFrame(rows, schema=schema, orient="row").with_columns(program=pl.lit("p"))
    found = with_forms(positions, AS_OF, most)
    assert found.drop("form").equals(positions)
    return found


@given(SIZES, st.integers(1, 20))
def test_as_many_positions_are_shown_in_full_as_fit(sizes: list[tuple[str, int]], most: int) -> None:
    end, none = date(2026, 12, 31), Decimal(0)
    rows: list[tuple[object, ...]] = [
        (payee, f"r{n}", f"m{m}", "to_date", end, none) for n, (payee, size) in enumerate(sizes) for m in range(size)
    ]
    found = formed(rows, most)
    for payee in "AB":
        of_rebates = found.filter(payee_id=payee).group_by("rebate").agg(pl.col("form").unique(), size=pl.len())
        assert all(len(forms) == 1 for forms in of_rebates["form"])
        shown = of_rebates.filter(pl.col("form").list.first() == "full")["size"].to_list()
        summed = of_rebates.filter(pl.col("form").list.first() == "summed")["size"].to_list()
        assert sum(shown) <= most
        assert not summed or sum(shown) + min(summed) > most
        assert not summed or max(shown, default=0) <= min(summed)


def test_what_runs_and_what_was_settled_last_stands_in_full_and_the_rest_is_a_line() -> None:
    none, some = Decimal(0), Decimal(5)
    quarters = [date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30)]
    rows: list[tuple[object, ...]] = [("A", "r", "m", "settled", end, none) for end in quarters]
    rows += [("A", "r", "m", "to_date", date(2026, 12, 31), some), ("A", "r", "m", "to_date", date(2026, 11, 22), none)]
    rows += [("A", "s", "m", "settled", quarters[2], some), ("A", "r", "other", "settled", quarters[1], none)]
    rows += [("B", "r", "m", "settled", AS_OF, some)]
    assert formed(rows)["form"].to_list() == ["line", "line", "full", "full", "full", "line", "full", "full"]


def test_a_rebate_has_a_row_for_every_period_that_does_not_stand_in_full(sample: Any) -> None:
    is_quarterly = pl.col("rebate") == "quarterly"
    positions = sample.frames.positions
    twice = pl.concat(
        [positions, positions.filter(is_quarterly, period="2026-Q3").with_columns(member_id=pl.lit("D-2"))]
    )
    form = pl.when(is_quarterly).then(pl.lit("summed")).otherwise("form")
    books = replace(sample, frames=replace(sample.frames, positions=twice.with_columns(form=form)))
    page = html.fromstring(books.page("D-0001"))
    rows = [[cell.text_content() for cell in row] for row in page.xpath("//div[@class='periods']//tr")]
    assert rows[0] == [
        "Period", "Where it stands", "Earned so far", "In earlier payouts", "In this payout", "Not settled yet",
    ]  # fmt: skip
    assert rows[1:3] == [
        ["Q4 2026", "$12,340.50 · Below the first tier", "$0.00", "$0.00", "$0.00", "$0.00"],
        ["Q3 2026", "Partners: 2", "$2,306.26", "$2,342.26", "-$36.00", "$0.00"],
    ]
    assert rows[3][0].startswith("Q3 2026: -$18.00, because INV-200107 of July 8, 2026 was corrected")
    assert rows[4] == ["Q2 2026", "see the statement of July 2026", "$812.40", "$812.40", "$0.00", "$0.00"]
    [link] = page.xpath("//div[@class='periods']//a/@href")
    assert link == f"../../2026-07-31-abc/{statement_path('D-0001')}"
    gone = replace(books, issue=replace(sample.issue, earlier={})).page("D-0001")
    assert ("../../" in gone, "see the statement of July 2026" in gone) == (False, True)
    [note] = [each.text_content() for each in page.xpath("//article[div[@class='periods']]/p[@class='file']")]
    assert note.startswith("There are many, so they are added up by period. Each of them is in the file d-0001-")
    [lost] = [each.text_content() for each in page.xpath("//article[div[@class='periods']]/p[@class='note']")]
    assert lost == "Transactions left out for want of a rate or unit: 3"
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
    [file] = rebates_files(hostile, {"USD": 2})
    header, row, end = file.content.decode().split("\r\n")
    assert (header, end) == (",".join(COLUMNS), "")
    assert row == (
        "dealer-growth-2026,annual-growth,2026,D-0001,'=1+1,2026-01-01,2026-12-31,6.9999999999,107000.5555555555,2,"
        "3000.00,2000.00,1000.00,0.00,USD"
    )
