"""The effect of a dispute: what the next run would post otherwise, before anybody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.decisions import record
from pipelines.books.runs import Run, current_run
from pipelines.calculation.aggregate import aggregate
from pipelines.calculation.rate import rate
from pipelines.calculation.settle import settle
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read_work
from pipelines.warehouse.scratch import scratch
from rules.ledger.decisions import Decision
from rules.ledger.settlement import payable
from schemas.types import MONEY

if TYPE_CHECKING:
    from datetime import date

    from pipelines.workspace.configuration import Workspace

OF_A_MOVE = ["program", "rebate", "member_id", "payee_id", "period", "currency"]
"""What identifies a figure that moves."""


def dispute_effect(workspace: Workspace, row_key: str, *, excludes: bool) -> Table:
    """Return what the next run would post otherwise if the transaction were out, or in: OF_A_MOVE and moves.

    Both ways are computed on scratch copies from what is loaded, as of the last run; the books are not touched.

    Raises:
        TerminalError: nothing was ever run here.
        WorkspaceBusyError: a run holds the workspace.
    """
    kind, status = ("exclude", "excluded") if excludes else ("include", "included")
    decision = Decision(kind=kind, subject=row_key, status=status, person="scratch")
    with connect(workspace, read_only=True) as connection:
        day = current_run(connection).as_of
    without, with_it = (_proposed(workspace, day, decisions) for decisions in ((), (decision,)))
    moves = (
        pl.concat([with_it, without.with_columns(-pl.col("amount"))])
        .group_by(OF_A_MOVE)
        .agg(moves=pl.col("amount").sum().cast(MONEY))
        .filter(pl.col("moves") != 0)
        .sort(OF_A_MOVE)
    )
    return Table("moves", "What the next run would move, as far as settled", moves)


def _proposed(workspace: Workspace, day: date, decisions: tuple[Decision, ...]) -> pl.DataFrame:
    """Return what a run of `day` with these decisions would post, but for what is only carried: OF_A_MOVE, amount."""
    with scratch(workspace) as copy:
        with connect(copy) as connection:
            record(connection, decisions)
        for stage in (aggregate, rate, settle):
            stage(copy, Run(day))
        with connect(copy, read_only=True) as connection:
            proposed = payable(read_work(connection, "proposed"))
    return proposed.filter(pl.col("kind") != "carry_forward").select(*OF_A_MOVE, "amount")
