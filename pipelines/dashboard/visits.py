"""What the dashboard shows of visits, as frames; the figures are those of `rebatch visits measures` and `report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.calculation.template_files import read_template_texts
from pipelines.visits.field_data import names_of_reps
from pipelines.visits.measures import covered
from pipelines.visits.report import beside_tiers
from pipelines.visits.visit_data import visit_data
from rules.visits.measures import period_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.visits.visit_data import VisitData
    from pipelines.workspace.configuration import Workspace

KEYS = ("rep", "region", "month")
VISITS = pl.Schema(
    dict.fromkeys(KEYS, pl.String())
    | dict.fromkeys(("made", "planned", "kept", "wanted", "covered", "measured"), pl.Int64())
    | {"attained": pl.Float64()}
)
"""By rep, region and month: visits made, planned, and planned ones that were made; members to be visited and visited
often enough at the end of the month; indicators with a target, and the sum of how far they reach it (1: all of it)."""

BESIDE = pl.Schema(
    dict.fromkeys(("member", "region"), pl.String()) | dict.fromkeys(("visits", "rebates", "reached"), pl.Int64())
)
"""By member: visits made this year, open periods, and those of them in which a tier is reached."""


def visit_frames(workspace: Workspace) -> Mapping[str, pl.DataFrame]:
    """Return the frames `visits` (VISITS) and `beside` (BESIDE) of this year; without a row if there is no template.

    Raises:
        BooksError: nothing was computed yet.
        RuleError: a template has mistakes.
    """
    if not read_template_texts(workspace):
        return {"visits": pl.DataFrame(schema=VISITS), "beside": pl.DataFrame(schema=BESIDE)}
    data = visit_data(workspace)
    facts = data.facts.filter(data.this_year)
    regions = data.regions.with_columns(pl.col("region").fill_null(""))
    beside = beside_tiers(workspace, data, facts).join(regions, on="member_id", how="left")
    return {
        "visits": _by_rep(workspace, data, facts, data.measured.filter(data.this_year)),
        "beside": beside.rename({"member_id": "member"}).select(BESIDE.names()).cast(BESIDE).sort("member"),
    }


def _by_rep(workspace: Workspace, data: VisitData, facts: pl.DataFrame, measured: pl.DataFrame) -> pl.DataFrame:
    names = names_of_reps(workspace)
    month = period_of("day", "month").alias("month")
    parts = [
        facts.with_columns(month, made="is_made", planned="is_planned", kept=pl.col("is_planned") & pl.col("is_made")),
        covered(data, data.new_year, ["rep_id", "region"], "month").rename({"period": "month"}),
        # A statistic, not an amount: it is reckoned in floats.
        measured.filter(pl.col("attainment").is_not_null()).with_columns(
            month, measured=pl.lit(1), attained=pl.col("attainment").cast(pl.Float64) / 100
        ),
    ]
    sums = [name for name in VISITS.names() if name not in KEYS]
    rows = pl.concat(
        [part.select("rep_id", "region", "month", pl.col(set(sums) & set(part.columns))) for part in parts],
        how="diagonal_relaxed",
    )
    rep = pl.col("rep_id").replace(names).fill_null("")
    return (
        rows.select(pl.col(sums).fill_null(0), "month", rep=rep, region=pl.col("region").fill_null(""))
        .group_by(KEYS)
        .agg(pl.col(sums).sum())
        .with_columns(pl.col("attained").round(4))
        .select(VISITS.names())
        .cast(VISITS)
        .sort(KEYS)
    )
