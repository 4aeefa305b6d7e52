"""What if: a member's rebates with and without purchases that were never made, both by a run on a scratch copy."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.runs import current_run
from pipelines.console.tables import Table
from pipelines.panel.added_rows import SHOWN, Buyer, added_rows
from pipelines.panel.additions import read_additions
from pipelines.panel.ahead import computed
from pipelines.panel.frames import of_member, read_frames
from pipelines.panel.panel import require_member
from pipelines.panel.tables import panel_tables
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import append
from pipelines.workspace.normal_text import normal_id
from schemas.types import MONEY, ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    import duckdb

    from pipelines.panel.frames import PanelFrames
    from pipelines.workspace.configuration import Workspace

WITH_ADDED = """
    CREATE TABLE added AS SELECT * FROM books.transactions LIMIT 0;
    CREATE OR REPLACE VIEW transactions AS SELECT * FROM books.transactions UNION ALL BY NAME SELECT * FROM added;
"""
_KEY = ("program", "rebate", "member_id", "period")


def what_if(workspace: Workspace, member: str, texts: Sequence[str]) -> list[Table]:
    """Return what purchases that were never made would change for a member: what a run with these rows computes.

    It stands at the day of the last run, or at the last day of the purchases if that is later. added: the rows. change:
    what every rebate earns, and its tier, without and with them, where that differs. year_end: what the periods of the
    year are projected to pay, without and with them.

    Raises:
        TerminalError: a purchase is not understood, or has no price; every one of them is told.
        BooksError: nothing was computed yet, or nobody of that id takes part.
        WorkspaceBusyError: a run holds the workspace.
    """
    additions = read_additions(texts)
    member_id = normal_id(member, workspace.config.ids)
    with connect(workspace, read_only=True) as connection:
        posted = current_run(connection).as_of
        rows = added_rows(connection, additions, Buyer(member_id, workspace.config.ids))
    day = max(posted, *(each.day for each in additions))
    # Both anew, by the rule files as they are: else a rule edited since the last run would count as a change.
    with computed(workspace, day) as connection:
        before = read_frames(connection)
    require_member(before, member_id)
    with computed_with(workspace, day, rows) as connection:
        after = read_frames(connection)
    tables = [panel_tables(of_member(frames, member_id), member_id) for frames in (before, after)]
    return [
        Table("added", f"What if, as of {day}", rows.select(SHOWN)),
        Table("change", "What that changes", _changes(*(of_member(frames, member_id) for frames in (before, after)))),
        Table("year_end", f"{tables[0]['year_end'].title}, before and after", _year_ends(*tables)),
    ]


@contextmanager
def computed_with(workspace: Workspace, day: date, rows: pl.DataFrame) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to a scratch copy of the books computed as of `day` with `rows` among the transactions."""

    def add(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(WITH_ADDED)
        append(connection, "added", rows)

    with computed(workspace, day, add) as connection:
        yield connection


def _changes(before: PanelFrames, after: PanelFrames) -> pl.DataFrame:
    """Return the rebates of which anything differs: _KEY, currency, tier and earned before and after, and change."""
    sides = [
        frames.positions.select(
            *_KEY, "currency", pl.col("tier").alias(f"tier_{side}"), pl.col("earned").alias(f"earned_{side}")
        )
        for side, frames in (("before", before), ("after", after))
    ]
    both = sides[0].join(sides[1], on=[*_KEY, "currency"], how="full", coalesce=True)
    known = both.with_columns(pl.col("earned_before", "earned_after").fill_null(ZERO))
    differs = pl.col("tier_before").ne_missing(pl.col("tier_after")) | (
        pl.col("earned_before") != pl.col("earned_after")
    )
    change = (pl.col("earned_after") - pl.col("earned_before")).cast(MONEY)
    return known.with_columns(change=change).filter(differs).sort("currency", *_KEY)


def _year_ends(before: Mapping[str, Table], after: Mapping[str, Table]) -> pl.DataFrame:
    """Return what the year is projected to pay without and with the purchases, per currency."""
    sides = [
        tables["year_end"].frame.select("currency", pl.col("projected").alias(side))
        for side, tables in (("before", before), ("after", after))
    ]
    both = sides[0].join(sides[1], on="currency", how="full", coalesce=True)
    known = both.with_columns(pl.col("before", "after").fill_null(ZERO))
    return known.with_columns(change=(pl.col("after") - pl.col("before")).cast(MONEY)).sort("currency")
