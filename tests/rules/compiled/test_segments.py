"""Date segments: no window begins or ends inside one."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rules.compiled.segments import WINDOWS, cut_days

FIRST = date(2026, 1, 1)


def windows(bounds: list[tuple[int, int]]) -> pl.DataFrame:
    rows = [
        ("settled", f"t{n}", "2026", 1, FIRST + timedelta(days=start), FIRST + timedelta(days=start + length))
        for n, (start, length) in enumerate(bounds)
    ]
    return pl.DataFrame(rows, schema=WINDOWS, orient="row")


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(-1, 40)), max_size=6))
def test_the_segments_of_a_window_are_its_days(bounds: list[tuple[int, int]]) -> None:
    asked = windows(bounds)
    days, numbered = cut_days(asked)
    assert days["activity_date"].is_unique().all()
    for row in asked.iter_rows(named=True):
        own = numbered.filter(term=row["term"])
        covered = days.join(own, on="segment", how="semi")["activity_date"].sort().to_list()
        length = (row["end"] - row["start"]).days
        assert covered == [row["start"] + timedelta(days=n) for n in range(length + 1)]
    assert set(days["segment"]) == set(numbered["segment"])
    assert numbered["segment"].null_count() == 0


def test_days_that_no_rule_looks_at_are_left_out() -> None:
    days, _ = cut_days(windows([(0, 1), (10, 0)]))
    assert days["activity_date"].to_list() == [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 11)]
