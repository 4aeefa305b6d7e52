"""Near: who is close to the next tier of an open period, what is missing, and what it would bring."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.runs import current_run
from pipelines.calculation.facts import COUNTING_SQL
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, read_work
from pipelines.warehouse.parsed import run_script
from pipelines.warehouse.sql_files import read_sql
from rules.rating.near import near_a_tier
from rules.rating.next_tier import NEXT_TIER_KEY, next_tiers
from schemas.types import VALUE

if TYPE_CHECKING:
    import duckdb

    from pipelines.workspace.configuration import Workspace

OPEN_FIGURES = read_sql("audit", "open_figures")
SOLD = read_sql("audit", "sold")
WITHIN = Decimal(10)
"""Percent of the next bound that may be missing, where nothing else is said."""


def near(workspace: Workspace, *, percent: Decimal = WITHIN, amount: Decimal | None = None) -> list[Table]:
    """Return the members that lack at most `percent` of the next bound in an open period, or at most `amount` of money.

    For columns see rules.rating.near. A group stands for all its members. Nothing is read but what the last run left.

    Raises:
        BooksError: nothing was computed yet.
    """
    with connect(workspace, read_only=True) as connection:
        current_run(connection)  # refuses where nothing was computed
        found = near_a_tier(*ways(connection), percent=percent, amount=amount)
    # A growth is missing in points of percent, which say little: in money, where that is known.
    in_money = (pl.col("short_unit") == "percent") & pl.col("short_amount").is_not_null()
    shown = found.select(
        "member_id",
        "until",
        "short_percent",
        "brings",
        "currency",
        rebate=pl.concat_str("program", "rebate", separator="/"),
        short=pl.when(in_money).then(pl.col("short_amount").cast(VALUE)).otherwise("short"),
        short_unit=pl.when(in_money).then("currency").otherwise("short_unit"),
    ).select("member_id", "rebate", "until", "short", "short_unit", "short_percent", "brings", "currency")
    heading = "Who is near a tier, and what it brings"
    return [Table("near", heading, shown, records=list(found.iter_rows(named=True)), units={"short": "short_unit"})]


def ways(connection: duckdb.DuckDBPyConnection) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the figures of open periods, and how far each is from its next tier: see rules.rating.near."""
    run_script(connection, COUNTING_SQL)
    rebates = read_work(connection, "rebates")
    sold = read(connection, SOLD)
    figures = read(connection, OPEN_FIGURES)
    ahead = next_tiers(
        figures, read_work(connection, "tiers"), rebates, sold, provisions=read_work(connection, "provisions")
    )
    units = sold.select(*NEXT_TIER_KEY, sold_unit="unit")
    short_units = _units(rebates, read_work(connection, "terms"))
    named = figures.join(units, on=NEXT_TIER_KEY, how="left").join(short_units, on=["program", "rebate"])
    return named, ahead


def _units(rebates: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """Return in what each rebate's qualifier is counted: program, rebate, short_unit."""
    targets = terms.filter(pl.col("kind").is_in(["revenue", "quantity"])).select(qualifier_term="term", target="target")
    is_share = pl.col("qualifier_kind").str.ends_with("_percent")
    unit = pl.when(is_share).then(pl.lit("percent")).otherwise(pl.coalesce("target", "qualifier_counted"))
    return rebates.join(targets, on="qualifier_term", how="left").select("program", "rebate", short_unit=unit)
