"""The panel of one member as tables: exact figures, the same for JSON and for the texts of a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.console.tables import Table
from pipelines.panel.frames import year_of
from reports.page.language import SOURCE, Language
from rules.rating.projection import year_ends
from schemas.types import ZERO

if TYPE_CHECKING:
    from pipelines.panel.frames import PanelFrames

ENGLISH = Language(SOURCE, {})
REBATE = ("program", "rebate", "member_id", "period")
_OPEN = (
    *REBATE, "program_title", "title", "period_end", "tier", "earned", "projected", "low", "high", "method",
    "next_tier", "short", "short_unit", "short_percent", "short_amount", "short_quantity", "sold_unit", "at_next_tier",
    "brings", "currency", "note",
)  # fmt: skip
_CLOSED = (*REBATE, "program_title", "title", "period_end", "tier", "earned", "currency", "note")
_PAYOUTS = ("payout_id", "kind", "payout_period", "currency", "amount", "status", "due_on", "reference")


def panel_tables(frames: PanelFrames, member_id: str) -> dict[str, Table]:
    """Return the panel of a member by the names of its tables; `frames` are those of the member.

    It shows what the member earns and what is paid to it for others. member: member_id, name, as_of, run_id. year_end:
    currency, earned, projected, low and high of the periods that end in the calendar year. open, closed: the rebates of
    periods that run, and of those that ended this year; next_tier to brings as in rules.rating.near. eligible: open
    periods in which nothing was counted yet. not_begun: periods
    of the year that begin later and are not projected. months: month, currency, amount bought. payouts: those that
    wait. visits, tasks: of the member, visits the latest first.
    """
    rebates = frames.positions.with_columns(**_titles(frames))
    is_open, most = pl.col("is_open"), ["currency", -pl.col("brings").fill_null(ZERO), *REBATE]
    first, last = year_of(frames.run.as_of)
    to_begin = frames.to_begin.join(rebates.select("program", "rebate").unique(), on=["program", "rebate"], how="semi")
    member = {"member_id": [member_id], "name": [frames.names.get(member_id, "")], "as_of": [frames.run.as_of]}
    of_year = pl.col("period_end").is_between(first, last)
    found = {
        "member": ("Member", pl.DataFrame(member | {"run_id": [frames.run.run_id]})),
        "year_end": (f"Projected for {first.year}", year_ends(rebates, (first, last))),
        "open": ("Open periods", rebates.filter(is_open).sort(most).select(_OPEN)),
        "closed": (f"Closed periods of {first.year}", rebates.filter(~is_open & of_year).select(_CLOSED)),
        "eligible": ("Nothing counted yet", frames.eligible.drop("panel_id").with_columns(**_titles(frames))),
        "not_begun": ("Not begun, not projected", to_begin.sort(pl.all()).with_columns(**_titles(frames))),
        "months": ("Bought by month", frames.months.drop("panel_id")),
        "payouts": ("Open payouts", frames.payouts.select(_PAYOUTS)),
        "visits": ("Visits", frames.visits.drop("panel_id")),
        "tasks": ("Open tasks", frames.tasks.drop("panel_id")),
    }
    return {name: Table(name, title, frame) for name, (title, frame) in found.items()}


def _titles(frames: PanelFrames) -> dict[str, pl.Expr]:
    """Return the titles of program and rebate as columns: in English, else as there are."""
    known = {
        f"{program}/{rebate}": ENGLISH.choose(titles, rebate or program)
        for (program, rebate), titles in frames.titles.items()
    }
    places = {"program_title": pl.lit(""), "title": pl.col("rebate")}
    return {
        column: pl.concat_str("program", rebate, separator="/").replace_strict(
            known, default=pl.coalesce(rebate.replace("", None), "program"), return_dtype=pl.String
        )
        for column, rebate in places.items()
    }
