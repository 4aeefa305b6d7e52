"""Double payment in the data: transactions on which the same rebates pay, counted, with an example of each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.books.runs import current_run
from pipelines.calculation.aggregate import scan
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_work, read, read_row, with_arrow
from pipelines.warehouse.scratch import scratch
from pipelines.warehouse.sql_files import read_sql
from rules.authoring.double_payment import Shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import polars as pl

    from pipelines.workspace.configuration import Workspace
    from rules.authoring.double_payment import Found
    from rules.language.model import Program

ALIKE = read_sql("authoring", "alike")
"""Rebates that pay on the very same cells of the scan, by a number."""

SHARED_SQL = read_sql("authoring", "shared")
"""Which of them pay on the same transactions, as sets of these numbers."""

EXAMPLES = read_sql("authoring", "examples")
"""For each group of the scan, one of its transactions."""


def shared_payments(workspace: Workspace, programs: Sequence[Program]) -> Found | None:
    """Return which rebates pay on the same transactions, among all that is loaded, as of the last run's day.

    The sums of the last run are used if it ran these very programs; else the transactions are scanned again on a
    scratch copy. None if nothing was ever computed.

    Raises:
        WorkspaceBusyError: a run holds the workspace.
    """
    with connect(workspace, read_only=True) as connection:
        if not has_work(connection, "sums"):
            return None
        last = current_run(connection)
        versions = set(read(connection, "SELECT DISTINCT rule_version FROM work.rebates")["rule_version"])
        if versions == {program.version for program in programs}:
            return _found(connection)
        (load_seq,) = read_row(connection, "SELECT MAX(load_seq) FROM loads")
    # On a copy: the tables of the last run must stay as they are.
    with scratch(workspace) as copy, connect(copy) as connection:
        scan(connection, programs, replace(last, load_seq=load_seq))
        return _found(connection)


def _found(connection: duckdb.DuckDBPyConnection) -> Found:
    """Return each set of rebates that pay on the same transactions, sorted, with their number and one of them by id."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE alike AS {ALIKE}")
    alike = {
        number: [(payer["program"], payer["rebate"]) for payer in payers]
        for number, payers in read(connection, "SELECT number, payers FROM alike").iter_rows()
    }
    sets = read(connection, SHARED_SQL)
    named = _examples(connection, sets)
    found = [
        (sorted(payer for number in numbers for payer in alike[number]), Shared(transactions, named[place]))
        for place, (numbers, transactions) in enumerate(sets.select("numbers", "transactions").iter_rows())
    ]
    return [(payers, shared) for payers, shared in found if len(payers) > 1]


def _examples(connection: duckdb.DuckDBPyConnection, sets: pl.DataFrame) -> dict[int, str]:
    """Return a transaction id for each set of payers, by its position in `sets`."""
    if sets.is_empty():
        return {}
    cells = sets.with_row_index("place").select("place", "cell").unnest("cell")
    with_arrow(connection, cells, f"CREATE OR REPLACE TEMP TABLE examples AS {EXAMPLES}")
    return dict(read(connection, "SELECT place, example FROM examples").iter_rows())
