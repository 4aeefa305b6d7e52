"""Measures: how visits went, by member, rep, region or template, and by period, as tables."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipelines.console.tables import Table
from pipelines.visits.visit_data import visit_data
from rules.visits.attainment import shown
from rules.visits.measures import (
    DIMENSIONS,
    FIGURES,
    coverage,
    coverage_measures,
    indicator_measures,
    period_of,
    visit_measures,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pipelines.visits.visit_data import VisitData
    from pipelines.workspace.configuration import Workspace
    from rules.visits.measures import Per

_FIGURE = pl.Decimal(38, 2)


def measures(
    workspace: Workspace, *, by: Sequence[str] = ("region",), per: Per = "quarter", since: date | None = None
) -> list[Table]:
    """Return how visits went since a day, by DIMENSIONS and period: visits, coverage, indicators and counts of stock.

    For columns see rules.visits.measures; of coverage, rep_id is who made the last visit.

    Raises:
        BooksError: nothing was computed yet.
        RuleError: a template has mistakes, or there is none.
    """
    return measures_of(visit_data(workspace), by=by, per=per, since=since)


def measures_of(
    data: VisitData, *, by: Sequence[str] = ("region",), per: Per = "quarter", since: date | None = None
) -> list[Table]:
    """Return the same of what is known of visits already."""
    first = since or data.new_year
    inside = pl.col("day").is_between(first, data.run.as_of)
    facts, stock = data.facts.filter(inside), data.stock.filter(inside)
    # The columns first: there may be millions of rows, and texts that no sum needs.
    measured = data.measured.lazy().filter(inside).select(*DIMENSIONS, *FIGURES).collect()
    return [
        Table("visits", "How visits went", visit_measures(facts, by, per)),
        Table("coverage", "Who was visited often enough, at the end of each period", covered(data, first, by, per)),
        Table("indicators", "What was measured, against its targets", indicator_measures(measured, by, per)),
        Table("stock", "What was counted, beside what was ordered", stock_table(stock)),
    ]


def covered(data: VisitData, first: date, by: Sequence[str], per: Per) -> pl.DataFrame:
    """Return coverage since `first`, by the columns `by` and period."""
    latest = data.facts.filter("is_made").sort("day", "visit").group_by("member_id").agg(pl.col("rep_id").last())
    found = coverage(data.wanted, data.facts, period_ends(first, data.run.as_of, per))
    named = found.join(data.regions, on="member_id", how="left").join(latest, on="member_id", how="left")
    return coverage_measures(named, by)


def period_ends(first: date, until: date, per: Per) -> dict[str, date]:
    """Return the last day of each period from `first` on, by its id; the last ends with `until`."""
    days = pl.DataFrame({"day": pl.date_range(first, max(first, until), timedelta(days=1), eager=True)})
    ends = days.group_by(period_of("day", per).alias("period")).agg(pl.col("day").max()).sort("day")
    return dict(ends.iter_rows())


def stock_table(stock: pl.DataFrame) -> pl.DataFrame:
    """Return the counts of stock as people read them, the largest unexplained ones first."""
    figures = ("counted", "before", "bought", "difference", "last_ordered")
    return stock.select(
        "member_id", "product_id", "day", "counted", "before", "bought", "difference", "unit", "last_ordered_on",
        "last_ordered",
    ).with_columns(shown(pl.col(name)).cast(_FIGURE) for name in figures).sort(
        "difference", "member_id", "product_id", "day", descending=[True, False, False, False], nulls_last=True
    )  # fmt: skip


__all__ = ["DIMENSIONS", "measures"]
