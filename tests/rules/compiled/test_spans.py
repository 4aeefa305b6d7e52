"""Spans: every day of a member's life belongs to exactly one of them."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.compiled.spans import FIRST_DAY, LAST_DAY, cut_spans, program_spans, span_attributes
from schemas.errors import BooksError

DATED = {"member_id": pl.String, "valid_from": pl.Date, "valid_to": pl.Date}
ENROLLED = {"program": pl.String, **DATED}
DAYS = st.one_of(st.none(), st.dates(date(2025, 1, 1), date(2025, 3, 1)))


def members(*rows: tuple[str, date | None, date | None, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema={**DATED, "type": pl.String}, orient="row")


def test_a_row_that_ends_hands_over_to_the_next() -> None:
    rows = members(("A", None, date(2026, 2, 28), "dealer"), ("A", date(2026, 3, 1), None, "distributor"))
    attributes = span_attributes(cut_spans(rows, "member_id"), rows, "member_id")
    assert attributes.select("valid_from", "valid_to", "type").rows() == [
        (FIRST_DAY, date(2026, 2, 28), "dealer"),
        (date(2026, 3, 1), LAST_DAY, "distributor"),
    ]


def test_two_rows_for_one_day_are_refused_by_name() -> None:
    rows = members(("A", None, date(2026, 3, 1), "dealer"), ("A", date(2026, 3, 1), None, "distributor"))
    with pytest.raises(BooksError, match=r"member_id 'A' hold on 2026-03-01"):
        span_attributes(cut_spans(rows, "member_id"), rows, "member_id")


def test_a_member_takes_part_only_while_it_has_a_row_and_an_enrolment() -> None:
    rows = members(("A", date(2026, 1, 1), date(2026, 12, 31), "dealer"), ("B", None, None, "dealer"))
    enrolments = pl.DataFrame(
        [("p", "A", date(2026, 3, 1), date(2027, 3, 31)), ("q", "B", None, None), ("p", "Z", None, None)],
        schema=ENROLLED, orient="row",
    )  # fmt: skip
    spans = cut_spans(rows, "member_id", enrolments)
    attributes = span_attributes(spans, rows, "member_id")
    programs = pl.DataFrame({"program": ["p", "free"], "filter": ["all", "all"], "is_enrolled": [True, False]})
    found = program_spans(attributes, enrolments, programs, {"all": pl.lit(value=True)})
    days = found.join(spans, on=["span", "member_id"]).select("program", "member_id", "valid_from", "valid_to")
    assert days.filter(program="p").rows() == [("p", "A", date(2026, 3, 1), date(2026, 12, 31))]
    assert days.filter(program="free", member_id="A").rows() == [
        ("free", "A", date(2026, 1, 1), date(2026, 2, 28)),
        ("free", "A", date(2026, 3, 1), date(2026, 12, 31)),
    ]


@given(rows=st.lists(st.tuples(st.sampled_from("AB"), DAYS, DAYS), min_size=1, max_size=6))
def test_spans_cover_every_day_once_and_nothing_changes_inside_one(
    rows: list[tuple[str, date | None, date | None]],
) -> None:
    rows = [row for row in rows if (row[1] or FIRST_DAY) <= (row[2] or LAST_DAY)] or [("A", None, None)]
    spans = cut_spans(pl.DataFrame(rows, schema=DATED, orient="row"), "member_id")
    for member in {row[0] for row in rows}:
        own = spans.filter(member_id=member).sort("valid_from").select("valid_from", "valid_to").rows()
        assert own[0][0] == FIRST_DAY
        assert own[-1][1] == LAST_DAY
        assert all(this[1] + timedelta(days=1) == following[0] for this, following in itertools.pairwise(own))
        for _, start, end in (row for row in rows if row[0] == member):
            for first, last in own:
                inside = (start or FIRST_DAY) <= first and last <= (end or LAST_DAY)
                outside = last < (start or FIRST_DAY) or first > (end or LAST_DAY)
                assert inside or outside
