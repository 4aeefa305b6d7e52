"""Figures from visits: how many were completed, and how well they met the targets of an indicator."""

from __future__ import annotations

import polars as pl

from rules.money import round_value
from rules.rating.quotients import mean, percentage
from schemas.types import VALUE

INDICATORS = pl.Schema(
    {"visit": pl.String(), "kpi": pl.String(), "kind": pl.String(), "target": pl.String(), "actual": pl.String()}
)
"""Measurements at visits as extracted; a visit may have several rows of one indicator."""

_KEY = ("horizon", "program", "rebate", "term", "member_id", "period")
_TRUE = ("true", "yes", "y", "1")
_MET, _MISSED = (pl.lit(percent).cast(VALUE) for percent in (100, 0))


def visit_values(visits: pl.LazyFrame, indicators: pl.DataFrame) -> pl.LazyFrame:
    """Return the number of completed visits, or their average score, per member and period.

    `visits` has VALUE_KEY, kind (visits | visit_score), target (the indicator) and visit. A visit without a score for
    the indicator is not part of the average; a member without any such visit has no value. Returns VALUE_KEY and value
    (VALUE).
    """
    counted = visits.filter(pl.col("kind") == "visits").group_by(_KEY).agg(value=pl.len().cast(VALUE))
    scores = (
        visits.filter(pl.col("kind") == "visit_score")
        .join(visit_scores(indicators), left_on=["visit", "target"], right_on=["visit", "kpi"])
        .pipe(_mean, _KEY, "score")
        .select(*_KEY, value="score")
    )
    return pl.concat([counted, scores])


def visit_scores(indicators: pl.DataFrame) -> pl.LazyFrame:
    """Return the mean attainment of each visit and indicator, in percent of target and uncapped: visit, kpi, score.

    A number is taken in percent of its target; for the other kinds a value equal to its target is 100, any other 0.
    Rows without target or actual are ignored, and so is a target of zero. The mean is taken per visit first, so that a
    visit with many rows weighs no more than another.
    """
    measured = indicators.lazy().with_columns(score=_attainment()).drop_nulls("score")
    return measured.pipe(_mean, ("visit", "kpi"), "score")


def _attainment() -> pl.Expr:
    """Return the attainment of one measurement in percent (VALUE); null where it cannot be computed."""
    is_number = pl.col("kind").is_in(["number", "percent"])
    # Texts of the other kinds are nulled before parsing: "yes" is no number, and is not an error here.
    target, actual = (_number(pl.when(is_number).then(name)) for name in ("target", "actual"))
    rate = round_value(percentage(actual, pl.when(target != 0).then(target)))
    is_met = pl.when(pl.col("kind") == "boolean").then(_is_true("actual") == _is_true("target"))
    met = is_met.otherwise(pl.col("actual") == pl.col("target"))
    return pl.when(is_number).then(rate).when(met).then(_MET).when(~met).then(_MISSED)


def _number(text: pl.Expr) -> pl.Expr:
    """Return a text as VALUE; null where it is no number."""
    return text.str.strip_prefix("+").str.to_decimal(scale=10).cast(VALUE)


def _is_true(column: str) -> pl.Expr:
    """Return whether a text means true, in any capitals."""
    return pl.col(column).str.to_lowercase().is_in(_TRUE)


def _mean(rows: pl.LazyFrame, key: tuple[str, ...], figure: str) -> pl.LazyFrame:
    """Return the mean of `figure` per key, rounded to a VALUE."""
    sums = rows.group_by(key).agg(pl.col(figure).sum(), pl.len())
    return sums.with_columns(round_value(mean(pl.col(figure), pl.col("len"))).alias(figure))
