"""Visit scores: the mean attainment of an indicator, visit by visit."""

from __future__ import annotations

import polars as pl
import pytest

from rules.rating.visit_values import INDICATORS, visit_scores


def scores(*rows: tuple[str, str, str | None, str | None]) -> dict[tuple[str, str], str]:
    """Score rows of (visit, kind, target, actual)."""
    measured = [(visit, "shelf", *row) for visit, *row in rows]
    found = visit_scores(pl.DataFrame(measured, schema=INDICATORS, orient="row")).collect()
    return {
        (visit, kpi): f"{score.normalize():f}" for visit, kpi, score in found.select("visit", "kpi", "score").rows()
    }


@pytest.mark.parametrize(
    ("kind", "target", "actual", "expected"),
    [
        ("number", "8", "6", "75"),
        ("number", "8", "10", "125"),  # uncapped
        ("number", "+8.0", "-2", "-25"),
        ("number", "-18", "-18", "100"),
        ("number", "3", "1", "33.3333333333"),
        ("number", "3", "2", "66.6666666667"),
        ("percent", "80", "0", "0"),
        ("percent", "0.5", "0.25", "50"),
        ("boolean", "true", "yes", "100"),
        ("boolean", "1", "False", "0"),
        ("boolean", "no", "0", "100"),
        ("text", "blue", "blue", "100"),
        ("text", "blue", "Blue", "0"),
        ("date", "2026-03-01", "2026-03-01", "100"),
        ("date", "2026-03-01", "2026-03-02", "0"),
    ],
)
def test_an_indicator_is_taken_in_percent_of_its_target(kind: str, target: str, actual: str, expected: str) -> None:
    assert scores(("v", kind, target, actual)) == {("v", "shelf"): expected}


@pytest.mark.parametrize(
    ("kind", "target", "actual"),
    [("number", "0", "3"), ("number", "0.000", "3"), ("number", None, "3"), ("text", None, "a"), ("text", "a", None),
     ("percent", "80", None), ("boolean", None, None)],
)  # fmt: skip
def test_a_row_without_target_or_actual_counts_for_nothing(kind: str, target: str | None, actual: str | None) -> None:
    assert scores(("v", kind, target, actual)) == {}
    assert scores(("v", kind, target, actual), ("v", "number", "2", "1")) == {("v", "shelf"): "50"}


def test_a_visit_takes_the_mean_of_its_rows() -> None:
    rows = [("v", "number", "3", actual) for actual in ("1", "1", "2")] + [("w", "text", "a", "b")]
    assert scores(*rows) == {("v", "shelf"): "44.4444444444", ("w", "shelf"): "0"}  # of 33.3…, 33.3…, 66.6…7


def test_large_figures_of_a_visit_are_exact() -> None:
    large = [("v", "number", "0.0001", "999999999999999")] * 999
    assert scores(*large) == {("v", "shelf"): "999999999999999000000"}
