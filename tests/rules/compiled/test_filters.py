from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rules.compiled.filters import filter_columns, matches
from rules.language.model import Filter

ROWS = pl.DataFrame(
    {
        "row": ["a", "b", "c", "d", "e"],
        "type": ["dealer", " dealer ", "Dealer", None, "supplier"],
        "region": ["NA", "EU", "NA", "NA", None],
        "price": [Decimal("2.50"), Decimal(3), None, Decimal("2.50"), Decimal("2.5")],
        "since": [None, date(2026, 1, 31), None, None, None],
    }
)


@pytest.mark.parametrize(
    ("include", "exclude", "kept"),
    [
        (None, None, "abcde"),
        ([{"type": ("dealer",)}], None, "ab"),
        ([{"type": ("dealer", "supplier")}], None, "abe"),
        ([{"type": ("dealer",), "region": ("NA",)}], None, "a"),
        ([{"type": ("dealer",)}, {"region": ("NA",)}], None, "abcd"),
        (None, [{"type": ("dealer",)}], "cde"),
        (None, [{"type": ("dealer",), "region": ("NA",)}], "bcde"),
        ([{"region": ("NA",)}], [{"type": ("dealer",)}], "cd"),
        ([{"type": ("dealer",)}], [{"type": ("dealer",)}], ""),
        ([{"price": ("2.50",)}], None, "ade"),
        ([{"since": ("2026-01-31",)}], None, "b"),
        ([{"type": ("dea", "deal.*", "null")}], None, ""),
    ],
)
def test_rows_that_count(
    include: list[dict[str, tuple[str, ...]]] | None, exclude: list[dict[str, tuple[str, ...]]] | None, kept: str
) -> None:
    condition = Filter(
        include=None if include is None else tuple(include), exclude=None if exclude is None else tuple(exclude)
    )
    answers = ROWS.with_columns(answer=matches(condition))
    assert answers["answer"].null_count() == 0
    assert "".join(answers.filter("answer")["row"]) == kept


def test_no_filter_lets_everything_through() -> None:
    assert ROWS.filter(matches(None)).height == ROWS.height
    assert ROWS.with_columns(answer=matches(None))["answer"].all()


def test_a_column_that_the_rows_do_not_have_is_missing_in_all_of_them() -> None:
    condition = Filter(include=({"type": ("dealer",)}, {"colour": ("red",)}), exclude=({"size": ("1",)},))
    assert "".join(ROWS.filter(matches(condition, ROWS.columns))["row"]) == "ab"
    assert filter_columns(condition) == ("colour", "size", "type")
    assert filter_columns(None) == ()
