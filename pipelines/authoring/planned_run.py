"""The run of a plan: what it would post, computed on a scratch copy; what the last run computed alike is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.books.runs import Run
from pipelines.calculation.aggregate import begin, scan
from pipelines.calculation.rate import rate
from pipelines.calculation.settle import propose
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_work, read, read_row
from pipelines.warehouse.scratch import scratch
from rules.ledger.settlement import payable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import duckdb
    import polars as pl

    from pipelines.books.runs import OpenRun
    from pipelines.workspace.configuration import Workspace
    from rules.language.model import Program

RUNNING = "SELECT program, rebate, member_id, period, currency, amount FROM work.entitlements WHERE horizon = 'to_date'"
"""What members have earned so far in periods that are not settled."""

SETTLED_FROM = ("rebates", "periods", "policies", "entitlements", "forecast")
"""The tables of `work` that `propose` reads; each has a row, or several, of every program."""

KNOWS_ALIKE = """
    SELECT COUNT(*)
    FROM books.work.run
    JOIN books.runs AS b USING (run_id)
    JOIN runs AS n
        ON n.product_version = b.product_version AND n.config_text = b.config_text
        AND n.as_of = b.as_of AND n.load_seq = b.load_seq
    WHERE n.run_id = ? AND b.state <> 'computing' AND NOT EXISTS (
        SELECT 1 FROM decisions AS d
        WHERE d.decision_seq > b.decision_seq AND d.kind IN ('exclude', 'include')
    )
"""
"""Whether the books were computed last by a posted run that knew what this one knows, but for wordings.

Of decisions only those about transactions that count have a part in what is earned.
"""

WORDINGS = "SELECT DISTINCT program, rule_version FROM books.work.rebates"


@dataclass(frozen=True)
class Computed:
    """What a run would post, what periods have earned so far, and the last load that it uses."""

    load_seq: int
    postings: pl.DataFrame
    running: pl.DataFrame


def compute(workspace: Workspace, programs: Sequence[Program], day: date) -> Computed:
    """Return what a run of `programs` would post, computed on a scratch copy.

    Programs do not depend on one another before they are settled. Those that the last run computed from the same
    inputs and the same wording are settled by what it found; only the others are rated.

    Raises:
        RuleError: a filter names a column that the data does not have.
        BooksError: a run of these programs on this day would be refused.
        WorkspaceBusyError: a run holds the workspace.
    """
    with scratch(workspace) as copy:
        with connect(copy) as connection:
            run, _ = begin(connection, copy, programs, day)
            kept = _computed_alike(connection, run, programs)
            edited = [program for program in programs if program.id not in kept]
            if edited:
                scan(connection, edited, run, is_ahead=copy.config.is_ahead)
        if edited:
            rate(copy, Run(day))
        with connect(copy) as connection:
            _keep(connection, kept)
            # Neither origins nor post: what a plan shows is proposed and no more.
            proposed = propose(connection, copy, run)
            return Computed(run.load_seq, payable(proposed.postings), read(connection, RUNNING))


def _computed_alike(connection: duckdb.DuckDBPyConnection, run: OpenRun, programs: Sequence[Program]) -> list[str]:
    """Return the programs whose entitlements are those that the last run left in the books."""
    if read_row(connection, KNOWS_ALIKE, [run.run_id]) == (0,):
        return []
    computed = dict(connection.execute(WORDINGS).fetchall())
    return [program.id for program in programs if computed.get(program.id) == program.version]


def _keep(connection: duckdb.DuckDBPyConnection, kept: Sequence[str]) -> None:
    """Add to the tables that `propose` reads the rows of the programs in `kept`, as the last run left them."""
    for name in SETTLED_FROM:
        if not has_work(connection, name):  # no program was rated
            connection.execute(f"CREATE TABLE work.{name} AS FROM books.work.{name} LIMIT 0")
        rows = f"SELECT * FROM books.work.{name} WHERE program IN (SELECT UNNEST(?))"  # noqa: S608 - names from code
        connection.execute(f"INSERT INTO work.{name} BY NAME {rows}", [kept])
