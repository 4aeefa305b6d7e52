"""How much a page lists: never more than it may, and no less than fits."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from reports.statement.detail import DETAILS, Most, is_listed, may_be_long, with_detail


def sizes(*positions: tuple[str, int, int, int]) -> pl.DataFrame:
    return pl.DataFrame(positions, schema=["payee_id", "row", "day", "month"], orient="row")


def details(*positions: tuple[str, int, int, int], most: Most) -> list[str]:
    numbered = sizes(*positions).with_row_index("n")
    return with_detail(numbered, most).sort("n")["detail"].to_list()


def test_a_position_is_listed_in_the_first_detail_that_is_short_enough() -> None:
    positions = [("A", 5, 5, 5), ("B", 6, 5, 2), ("C", 60, 6, 2), ("D", 600, 60, 6)]
    assert details(*positions, most=Most(5, 10)) == ["row", "day", "month", "none"]


def test_a_page_that_is_too_long_gives_up_its_longest_lists_first() -> None:
    positions = [("A", 4, 3, 1), ("A", 5, 2, 1), ("A", 3, 3, 3), ("B", 5, 5, 5)]
    assert details(*positions, most=Most(5, 9)) == ["row", "day", "row", "row"]
    assert details(*positions, most=Most(5, 4)) == ["month", "day", "none", "none"]


POSITIONS = st.lists(
    st.tuples(st.sampled_from("AB"), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40)).map(
        lambda of: (of[0], *sorted(of[1:], reverse=True))
    ),
    max_size=12,
)


@given(POSITIONS, st.integers(1, 12), st.integers(1, 40))
def test_no_page_is_longer_than_it_may_be(positions: list[tuple[str, int, int, int]], one: int, page: int) -> None:
    most, numbered = Most(one, page), sizes(*positions).with_row_index("n")
    chosen = with_detail(numbered, most).sort("n")
    shown = [
        dict(zip(DETAILS, (*of[1:], 0), strict=True))[detail]
        for of, detail in zip(positions, chosen["detail"], strict=True)
    ]
    assert max(shown, default=0) <= one
    for payee in "AB":
        assert sum(lines for (of, *_), lines in zip(positions, shown, strict=True) if of == payee) <= page
    # What cannot be too long, so that its days need not be counted, is listed row by row.
    short = numbered.filter(~may_be_long(most))["n"]
    assert set(chosen.filter(pl.col("n").is_in(short.to_list()))["detail"]) <= {"row"}


def test_of_a_settled_period_only_a_short_list_stands_on_the_page() -> None:
    rows = [("full", "to_date", 41), ("full", "settled", 40), ("full", "settled", 41), ("line", "settled", 1)]
    sizes = pl.DataFrame(rows, schema=["form", "horizon", "row"], orient="row")
    assert sizes.select(is_listed()).to_series().to_list() == [True, True, False, False]
