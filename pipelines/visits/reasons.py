"""What speaks for a visit: who is due, near a tier, missed a target, or has something open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.audit.near import near
from pipelines.visits.visit_data import rows_of
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from rules.money import MINOR_UNITS, round_money
from rules.visits.calls import Known
from rules.visits.facts import TASKS, task_states
from rules.visits.measures import coverage
from schemas.types import EXACT, MONEY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from pipelines.visits.visit_data import VisitData
    from pipelines.workspace.configuration import Workspace
    from rules.visits.field import Field, Place

# The latest rate of each pair of currencies up to the day of the books.
RATES = """
    SELECT from_currency AS currency, ARG_MAX(rate, rate_date) AS rate FROM ({fx_rates})
    WHERE to_currency = ? AND rate_date <= ? GROUP BY from_currency
"""


def known_of(
    workspace: Workspace, data: VisitData, field: Field, places: Mapping[str, Place], *, percent: Decimal
) -> Known:
    """Return what speaks for visits in the month of `field`; `percent` as in pipelines.audit.near."""
    last = last_visits(data)
    return Known(
        due=_due(data, last, field.last),
        near=near_rows(workspace, data, percent),
        missed=_rows(missed_targets(data, last)),
        follow_ups=_rows(open_follow_ups(data, last)),
        regions=dict(data.members.sort("valid_from").select("member_id", "region").iter_rows()),
        places=places,
        planned=frozenset(fixed.member_id for fixed in field.fixed),
    )


def last_visits(data: VisitData) -> pl.DataFrame:
    """Return each member's last visit that took place: member_id, visit, day, last_rep."""
    made = data.facts.filter("is_made").sort("day", "visit")
    return made.group_by("member_id", maintain_order=True).agg(
        pl.col("visit").last(), pl.col("day").last(), last_rep=pl.col("rep_id").last()
    )


def missed_targets(data: VisitData, last: pl.DataFrame) -> pl.DataFrame:
    """Return the indicators that missed their target at each member's last visit."""
    missed = data.measured.filter(pl.col("is_met").eq_missing(other=False))
    return missed.join(last.select("visit"), on="visit", how="semi").select(
        "member_id", "kpi", "product_id", "actual", "target", "unit", "day", "attainment"
    )


def open_follow_ups(data: VisitData, last: pl.DataFrame) -> pl.DataFrame:
    """Return what is open since each member's last visit: required tasks that were not done."""
    states = task_states(data.tasks.select(TASKS.names())).filter("required", ~pl.col("is_done"))
    return states.join(last.select("visit", "member_id", "last_rep"), on="visit").sort("member_id", "name", "due_on")


def near_rows(workspace: Workspace, data: VisitData, percent: Decimal) -> list[Mapping[str, Any]]:
    """Return who is near a tier, with what reaching it brings in the currency of the workspace (money).

    Amounts of other currencies are taken at the latest known rate, to compare them; money is null where there is none.
    """
    [table] = near(workspace, percent=percent)
    rows = list(table.records or ())
    if not rows:
        return []
    own = workspace.config.currency
    with connect(workspace, read_only=True) as connection:
        query = RATES.format(fx_rates=rows_of(connection, data.run, "fx_rates"))
        rates = read(connection, query, [own, data.run.as_of])
    brings = pl.DataFrame(
        {"currency": [row["currency"] for row in rows], "brings": [row["brings"] for row in rows]},
        {"currency": pl.String, "brings": MONEY},
    ).join(rates, on="currency", how="left", maintain_order="left")
    converted = (pl.col("brings").cast(EXACT) * pl.col("rate").cast(EXACT)).cast(EXACT)
    money = pl.when(pl.col("currency") == own).then(pl.col("brings").cast(EXACT)).otherwise(converted)
    amounts = brings.select(round_money(money, MINOR_UNITS[own]).cast(MONEY).alias("money"))["money"]
    return [{**row, "money": amount} for row, amount in zip(rows, amounts, strict=True)]


def _due(data: VisitData, last: pl.DataFrame, until: date) -> list[dict[str, Any]]:
    """Return who is to be visited in the month, with the day that is due by the visits made so far."""
    # Templates that end within the month still want their visits of the days before.
    wanted = data.wanted.with_columns(pl.max_horizontal("last", pl.lit(until)).alias("last")).filter(
        pl.col("first") <= until, data.wanted["last"] >= until.replace(day=1)
    )
    found = coverage(wanted, data.facts, {"month": until}).join(
        last.select("member_id", "last_rep"), on="member_id", how="left"
    )
    return _rows(found.select("member_id", "template", "due_on", "last_on", "last_rep"))


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dicts()
