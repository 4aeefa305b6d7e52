"""The past: a workspace as it stood at a run, made anew from the warehouse alone, for the same functions to work on."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.aggregate import scan
from pipelines.data_tables import make_tables
from pipelines.folder import write_file
from pipelines.frames import append, read, read_row
from pipelines.post import due_on
from pipelines.programs import load_programs
from pipelines.rate import rate
from pipelines.runs import OpenRun, Run
from pipelines.sql_text import quoted
from pipelines.warehouse import connect
from pipelines.workspace import CONFIG, Workspace, read_config
from rules.payouts import payouts_of
from schemas.catalogue import DATA_SETS
from schemas.errors import BooksError, Problem, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb
    import polars as pl

KNOWN = {
    "loads": "load_seq <= $load_seq",
    "rejects": "load_seq <= $load_seq",
    "rule_versions": "true",
    "runs": "run_seq <= $run_seq",
    "settlements": "run_id IN (SELECT run_id FROM books.runs WHERE run_seq <= $done_seq)",
    "ledger": "seq <= $ledger_seq",
    "payouts": "payout_period < $payout_period",
    "seals": "run_id IN (SELECT run_id FROM books.runs WHERE run_seq <= $done_seq)",
    "publications": "run_id IN (SELECT run_id FROM books.runs WHERE run_seq <= $done_seq)",
    "origins": "posting_id IN (SELECT posting_id FROM books.ledger WHERE seq <= $ledger_seq)",
}
"""Which rows of each table of books.sql there were: files, rules and configuration as the run knew them, postings up to
`ledger_seq`, and what the runs up to `done_seq` left. Payouts of its own payout period follow from the postings."""


@dataclass(frozen=True)
class PastRun:
    """A posted run as it stands in the books.

    rules: text by file name. ledger_before, ledger_after: the last posting before its own, and its own last.
    """

    run: OpenRun
    run_seq: int
    product_version: str
    config_text: str
    rules: Mapping[str, str]
    ledger_before: int
    ledger_after: int
    is_published: bool


def find_run(connection: duckdb.DuckDBPyConnection, asked: str) -> str:
    """Return the id of the run that `asked` means: an id, or a day, whose books the last run up to it made.

    Raises:
        BooksError: no run of this id was posted, or none up to this day.
    """
    posted = connection.execute("SELECT run_id, as_of FROM runs WHERE state <> 'computing' ORDER BY run_seq").fetchall()
    ids = [run_id for run_id, _ in posted]
    if asked in ids:
        return asked
    day = _day(asked)
    until = [run_id for run_id, as_of in posted if day is not None and as_of <= day]
    if until:
        return str(until[-1])
    found = f"no run {'up to' if day else 'called'} {asked} was posted"
    todo = f"name a day or one of {', '.join(ids[-3:])}" if ids else "`rebatch run` first"
    raise BooksError(Problem("", 0, 0, found, todo))


def read_past_run(connection: duckdb.DuckDBPyConnection, run_id: str) -> PastRun:
    """Read what the books keep of a posted run."""
    columns = "as_of, load_seq, payout_period, run_seq, product_version, config_text, rule_versions, state"
    row = read_row(connection, f"SELECT {columns} FROM runs WHERE run_id = ?", [run_id])  # noqa: S608 - constant text
    as_of, load_seq, payout_period, run_seq, product_version, config_text, rule_versions, state = row
    texts = "SELECT file, text FROM rule_versions WHERE LIST_CONTAINS(?, rule_version)"
    before, after = read_row(connection, BOUNDS, [run_id, run_id])
    return PastRun(
        OpenRun(run_id, as_of, load_seq, payout_period),
        run_seq,
        product_version,
        config_text,
        dict(connection.execute(texts, [rule_versions]).fetchall()),
        before,
        after,
        state == "published",
    )


BOUNDS = """
    SELECT COALESCE(o.first_seq - 1, s.ledger_seq, b.last_seq, 0), COALESCE(o.last_seq, s.ledger_seq, b.last_seq, 0)
    FROM runs AS r
    LEFT JOIN seals AS s USING (run_id),
    (SELECT MIN(seq) AS first_seq, MAX(seq) AS last_seq FROM ledger WHERE run_id = ?) AS o,
    LATERAL (
        SELECT MAX(l.seq) AS last_seq FROM ledger AS l JOIN runs AS e USING (run_id) WHERE e.run_seq < r.run_seq
    ) AS b
    WHERE r.run_id = ?
"""
"""Where a run's postings begin and end; one that posted nothing stands where its seal says, or behind those before."""


def workspace_of(found: PastRun, root: Path, books: Path | None = None) -> Workspace:
    """Return the workspace that the run saw, as one in the folder `root` whose rules lie in that folder too.

    Raises:
        BooksError: its configuration is not understood by this version.
    """
    try:
        config = read_config(found.config_text, CONFIG)
    except WorkspaceError as error:
        told = f"the configuration of run {found.run.run_id} is not understood ({error.problems[0]})"
        todo = f"use Rebatch {found.product_version}, which made it"
        raise BooksError(Problem(CONFIG, 0, 0, told, todo)) from error
    return Workspace(root, config.model_copy(update={"rules": "rules"}), found.config_text, books)


@contextmanager
def past(workspace: Workspace, asked: str, *, is_done: bool) -> Iterator[tuple[Workspace, PastRun]]:
    """Make the workspace as a run found it or, if it `is_done`, left it, in a private folder that is gone afterwards.

    Rows of data sets are shown through views on the warehouse, which nobody can write meanwhile.

    Raises:
        BooksError: there is no such run, or this version cannot read it.
    """
    with connect(workspace, read_only=True) as connection:
        found = read_past_run(connection, find_run(connection, asked))
    with tempfile.TemporaryDirectory(prefix="rebatch-", ignore_cleanup_errors=True) as folder:
        then = workspace_of(found, Path(folder), workspace.warehouse_path.resolve())
        for name, text in found.rules.items():
            write_file(then.rules_dir, name, text.encode())
        with connect(then) as connection:
            _show(connection, found, is_done=is_done)
            if is_done:
                append(connection, "payouts", _payouts(connection, then, found))
        yield then, found


@contextmanager
def books_as_of(workspace: Workspace, asked: str | None, *, is_computed: bool = True) -> Iterator[Workspace]:
    """Give the workspace as a run left it, or as it is now without one; what the run computed is computed again.

    Raises:
        BooksError: there is no such run.
    """
    if asked is None:
        yield workspace
        return
    with past(workspace, asked, is_done=True) as (then, found):
        if is_computed:
            compute(then, found)
        yield then


def compute(then: Workspace, found: PastRun) -> None:
    """Leave in a past workspace what `aggregate` and `rate` leave, by the same functions."""
    programs = load_programs(then)
    with connect(then) as connection:
        scan(connection, programs, found.run)
    rate(then, Run(found.run.as_of))


def _show(connection: duckdb.DuckDBPyConnection, found: PastRun, *, is_done: bool) -> None:
    bounds = {
        "load_seq": found.run.load_seq,
        "payout_period": found.run.payout_period,
        "run_seq": found.run_seq,
        "done_seq": found.run_seq if is_done else found.run_seq - 1,
        "ledger_seq": found.ledger_after if is_done else found.ledger_before,
    }
    for table, condition in KNOWN.items():
        named = {name: value for name, value in bounds.items() if f"${name}" in condition}
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM books.{table} WHERE {condition}", named)  # noqa: S608 - constant text
    connection.execute(
        "UPDATE rejects SET resolved_seq = NULL WHERE resolved_seq > ?",
        [found.run.load_seq],
    )
    if not is_done:
        connection.execute(
            "UPDATE runs SET state = 'computing', finished_at = NULL WHERE run_id = ?", [found.run.run_id]
        )
    there = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'books' AND schema_name = 'main'"
    for (name,) in connection.execute(there).fetchall():
        if name in DATA_SETS:
            connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT * FROM books.{quoted(name)}")  # noqa: S608 - a name of the catalogue
    make_tables(connection)
    connection.execute("CREATE TABLE work.run AS SELECT $run_id AS run_id", {"run_id": found.run.run_id})


def _payouts(connection: duckdb.DuckDBPyConnection, then: Workspace, found: PastRun) -> pl.DataFrame:
    ledger = read(connection, "SELECT * FROM ledger")
    return payouts_of(ledger, found.run.payout_period, due_on(then, found.run.as_of))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
