"""The past: a workspace as it stood at a run, rebuilt from the warehouse alone, on which the usual functions work."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.books.decisions import last_decision
from pipelines.books.runs import OpenRun, Run
from pipelines.warehouse.connection import connect
from pipelines.warehouse.data_tables import make_tables
from pipelines.warehouse.frames import read_row
from pipelines.warehouse.quoting import quoted
from pipelines.workspace.configuration import CONFIG, Workspace, read_config
from pipelines.workspace.folders import write_file
from schemas.catalogue import DATA_SETS
from schemas.errors import BooksError, Place, Problem, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

EXPORTED = "SELECT reference FROM books.decisions WHERE kind = 'export' AND decision_seq <= $decision_seq"

DONE = "SELECT run_id FROM books.runs WHERE run_seq <= $done_seq"

KNOWN = {
    "loads": "load_seq <= $load_seq",
    "rejects": "load_seq <= $load_seq",
    "rule_versions": "true",
    "visit_templates": "run_id IN (SELECT run_id FROM books.runs WHERE run_seq <= $run_seq)",
    "logos": "sha256 IN (SELECT logo_sha256 FROM books.runs WHERE run_seq <= $run_seq)",
    "runs": "run_seq <= $run_seq",
    "settlements": f"run_id IN ({DONE})",
    "ledger": "seq <= $ledger_seq",
    "decisions": "decision_seq <= $decision_seq",
    "payout_drafts": "since_run <= $done_seq",
    "payout_lines": "since_run <= $done_seq",
    "batches": f"batch_id IN ({EXPORTED})",
    "batch_payouts": f"batch_id IN ({EXPORTED})",
    "batch_files": f"batch_id IN ({EXPORTED})",
    "seals": f"run_id IN ({DONE})",
    "publications": f"run_id IN ({DONE})",
    "mails": f"run_id IN ({DONE})",
    "mail_events": f"message_id IN (SELECT message_id FROM books.mails WHERE run_id IN ({DONE}))",  # noqa: S608 - constant text
    "appendix": "decision_seq <= $decision_seq",
    "origins": "posting_id IN (SELECT posting_id FROM books.ledger WHERE seq <= $ledger_seq)",
}
"""Which rows of each table of books.sql existed at the run.

Files, rules and configuration as the run knew them, postings up to `ledger_seq`, decisions up to `decision_seq`, and
what the runs up to `done_seq` wrote.
"""

NOT_YET = {
    "rejects": "UPDATE rejects SET resolved_seq = NULL WHERE resolved_seq > $load_seq",
    "payout_drafts": "UPDATE payout_drafts SET until_run = NULL WHERE until_run > $done_seq",
    "payout_lines": "UPDATE payout_lines SET until_run = NULL WHERE until_run > $done_seq",
}
"""Statements that reopen what ended only later."""


@dataclass(frozen=True)
class PastRun:
    """A posted run as the books hold it.

    rules, templates: text by file name. ledger_before, ledger_after: the last posting before its own, and its own last;
    decided_after: the last decision that it knew or took itself.
    """

    run: OpenRun
    product_version: str
    config_text: str
    rules: Mapping[str, str]
    templates: Mapping[str, str]
    ledger_before: int
    ledger_after: int
    decided_after: int
    is_published: bool

    def bounds(self, *, is_done: bool) -> dict[str, object]:
        """Return the parameters of KNOWN for the books as the run left them (`is_done`) or found them."""
        return {
            "load_seq": self.run.load_seq,
            "run_seq": self.run.run_seq,
            "done_seq": self.run.run_seq if is_done else self.run.run_seq - 1,
            "ledger_seq": self.ledger_after if is_done else self.ledger_before,
            "decision_seq": self.decided_after if is_done else self.run.decision_seq,
        }


def find_run(connection: duckdb.DuckDBPyConnection, asked: str) -> str:
    """Return the id of the run that `asked` names: an id, or a day, for the last run up to it.

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
    raise BooksError(Problem(found, todo))


def read_past_run(connection: duckdb.DuckDBPyConnection, run_id: str) -> PastRun:
    """Return what the books hold of a posted run."""
    columns = ", ".join(OpenRun.__dataclass_fields__)
    row = f"SELECT {columns}, product_version, config_text, rule_versions, state FROM runs WHERE run_id = ?"  # noqa: S608 - names from code
    *of_run, product_version, config_text, rule_versions, state = read_row(connection, row, [run_id])
    run = OpenRun(*of_run)
    texts = "SELECT file, text FROM rule_versions WHERE LIST_CONTAINS(?, rule_version)"
    before, after = read_row(connection, BOUNDS, [run_id, run_id])
    return PastRun(
        run=run,
        product_version=product_version,
        config_text=config_text,
        rules=dict(connection.execute(texts, [rule_versions]).fetchall()),
        templates=dict(connection.execute(_TEMPLATES, [run_id]).fetchall()),
        ledger_before=before,
        ledger_after=after,
        decided_after=last_decision(connection, run),
        is_published=state == "published",
    )


_TEMPLATES = "SELECT file, text FROM visit_templates WHERE run_id = ?"

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
"""The postings before and at the end of a run; one without postings stands where its seal or earlier runs say."""


def workspace_of(found: PastRun, root: Path, books: Path | None = None) -> Workspace:
    """Return the workspace that the run saw, in the folder `root`, with its rules in that folder too.

    Raises:
        BooksError: its configuration is not understood by this version.
    """
    try:
        config = read_config(found.config_text, CONFIG)
    except WorkspaceError as error:
        told = f"the configuration of run {found.run.run_id} is not understood ({error.problems[0]})"
        todo = f"use Rebatch {found.product_version}, which made it"
        raise BooksError(Problem(told, todo, at=Place(CONFIG))) from error
    return Workspace(root, config.model_copy(update={"rules": "rules", "visits": None}), found.config_text, books)


@contextmanager
def past(workspace: Workspace, asked: str, *, is_done: bool) -> Iterator[tuple[Workspace, PastRun]]:
    """Create the workspace as a run left it (`is_done`) or found it, in a private folder that is deleted afterwards.

    Rows of data sets are shown through views on the warehouse, which nobody can write meanwhile.

    Raises:
        BooksError: there is no such run, or this version cannot read it.
    """
    with connect(workspace, read_only=True) as connection:
        found = read_past_run(connection, find_run(connection, asked))
    with tempfile.TemporaryDirectory(prefix="rebatch-", ignore_cleanup_errors=True) as folder:
        then = workspace_of(found, Path(folder), workspace.warehouse_path.resolve())
        _write_rules(then, found)
        with connect(then) as connection:
            _show(connection, found, is_done=is_done)
        yield then, found


@contextmanager
def books_as_of(
    workspace: Workspace, asked: str | None, *, is_computed: bool = True, is_ahead: bool | None = None
) -> Iterator[Workspace]:
    """Open the workspace as a run left it, or as it is now if `asked` is None.

    What the run computed is computed again, unless `is_computed` is false; for `is_ahead` see `compute`.

    Raises:
        BooksError: there is no such run.
    """
    if asked is None:
        yield workspace
        return
    with past(workspace, asked, is_done=True) as (then, found):
        if is_computed:
            compute(then, found, is_ahead=is_ahead)
        yield then


def compute(then: Workspace, found: PastRun, *, is_ahead: bool | None = None) -> None:
    """Run `aggregate`'s scan and `rate` in a past workspace.

    is_ahead: whether open periods are compiled for a forecast; None: if the run accrued.
    """
    from pipelines.calculation.aggregate import scan
    from pipelines.calculation.rate import rate
    from pipelines.calculation.rule_files import load_programs

    foresees = then.config.accruals is not None if is_ahead is None else is_ahead
    programs = load_programs(then)
    with connect(then) as connection:
        scan(connection, programs, found.run, is_ahead=foresees)
    rate(then, Run(found.run.as_of))


def _write_rules(then: Workspace, found: PastRun) -> None:
    rules = ((then.rules_dir, name, text) for name, text in found.rules.items())
    templates = ((then.visits_dir, name, text) for name, text in found.templates.items())
    for folder, name, text in (*rules, *templates):
        try:
            # The name comes from the books: it must not lead outside the folder, whatever somebody wrote into them.
            write_file(folder, name, text.encode())
        except ValueError as error:
            told = f"the books call a rule file {name!r}, which leads out of its folder"
            raise BooksError(Problem(told, "`rebatch verify` tells what was changed")) from error


def _show(connection: duckdb.DuckDBPyConnection, found: PastRun, *, is_done: bool) -> None:
    """Write the tables of the past books, and create views on the data sets."""
    bounds = found.bounds(is_done=is_done)
    copies = (f"INSERT INTO {table} BY NAME SELECT * FROM books.{table} WHERE {rows}" for table, rows in KNOWN.items())  # noqa: S608 - constant text
    for statement in (*copies, *NOT_YET.values()):
        # DuckDB refuses parameters that a statement does not use.
        named = {name: value for name, value in bounds.items() if f"${name}" in statement}
        connection.execute(statement, named)
    if not is_done:
        state = "UPDATE runs SET state = 'computing', finished_at = NULL WHERE run_id = ?"
        connection.execute(state, [found.run.run_id])
    there = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'books' AND schema_name = 'main'"
    for (name,) in connection.execute(there).fetchall():
        if name in DATA_SETS:
            connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT * FROM books.{quoted(name)}")  # noqa: S608 - a name of the catalogue
    # After the views: only data sets that the warehouse never had get an empty table.
    make_tables(connection)
    connection.execute("CREATE TABLE work.run AS SELECT $run_id AS run_id", {"run_id": found.run.run_id})


def _day(text: str) -> date | None:
    """Return the day that `text` states; None if it is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
