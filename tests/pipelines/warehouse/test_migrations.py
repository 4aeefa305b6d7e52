"""Migrations: a warehouse of any version comes to the very schema of a new one, with all that is in it."""

from __future__ import annotations

import shutil
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.audit.explain import explain
from pipelines.audit.past import KNOWN
from pipelines.audit.replay import replay
from pipelines.audit.status import status
from pipelines.audit.verify import holds, verify
from pipelines.authoring.plan import plan
from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.warehouse.migrations import (
    BOOKS_SQL,
    FIRST_VERSION,
    MIGRATIONS,
    VERSION,
    bring_forward,
    warehouse_version,
)
from pipelines.workspace.configuration import create_workspace, open_workspace
from schemas.errors import BooksError, TerminalError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pipelines.workspace.configuration import Workspace
    from tests.pipelines.history import History

NINTH = Path(__file__).with_name("warehouses") / "version_9.sql"
"""What version 9 left after the history of tests/pipelines/history.py and an export, sealed by method 1."""

FIRST = Path(__file__).with_name("warehouses") / "version_1.sql"
"""What the first release left after one run of the sample workspace, as of 2026-10-05."""

COLUMNS = """
    SELECT table_name, column_name, column_index, data_type, is_nullable, column_default FROM duckdb_columns()
    WHERE schema_name = 'main' AND NOT internal AND table_name IN (SELECT UNNEST(?)) ORDER BY ALL
"""
CONSTRAINTS = """
    SELECT table_name, constraint_type, constraint_text, constraint_column_names FROM duckdb_constraints()
    WHERE schema_name = 'main' AND table_name IN (SELECT UNNEST(?)) ORDER BY ALL
"""

VIEWS = "SELECT view_name, sql FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal ORDER BY ALL"
MACROS = """
    SELECT function_name, parameters, macro_definition FROM duckdb_functions()
    WHERE schema_name = 'main' AND function_type LIKE '%macro%' AND NOT internal ORDER BY ALL
"""


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The sample workspace with a warehouse of version 1."""
    root = create_workspace(tmp_path / "first").root
    with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
        connection.execute(FIRST.read_text(encoding="utf-8"))
    return root


def tables_of(connection: duckdb.DuckDBPyConnection) -> list[str]:
    names = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY ALL"
    return [name for (name,) in connection.execute(names).fetchall()]


def schema_of(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> list[list[Any]]:
    return [connection.execute(query, [tables]).fetchall() for query in (COLUMNS, CONSTRAINTS)]


def test_a_migrated_warehouse_has_the_schema_of_a_new_one() -> None:
    """By the numbered files alone: what only books.sql says would be missing from every warehouse out there."""
    with duckdb.connect() as fresh, duckdb.connect() as old:
        fresh.execute(BOOKS_SQL)
        old.execute(FIRST.read_text(encoding="utf-8"))
        for number in range(FIRST_VERSION + 1, VERSION + 1):
            old.execute(MIGRATIONS[number])
        books = tables_of(fresh)
        assert schema_of(old, books) == schema_of(fresh, books)
        # Views and macros are made on every connection, and kept in no file.
        for query in (VIEWS, MACROS):
            assert old.execute(query).fetchall() == fresh.execute(query).fetchall() == []


def test_the_past_of_every_table_can_be_shown() -> None:
    """Whoever adds a table says in pipelines.audit.past which of its rows there were at a run."""
    with duckdb.connect() as fresh:
        fresh.execute(BOOKS_SQL)
        assert sorted({*KNOWN, "warehouse_version"}) == tables_of(fresh)


def test_versions_are_numbered_without_a_gap() -> None:
    assert sorted(MIGRATIONS) == list(range(FIRST_VERSION + 1, VERSION + 1))
    folder = resources.files("pipelines.warehouse").joinpath("sql", "migrations")
    assert len(MIGRATIONS) == sum(file.name.endswith(".sql") for file in folder.iterdir())


KEPT = ("ledger", "payouts", "settlements", "runs", "rejects", "rule_versions", "transactions", "members")


def test_an_old_warehouse_keeps_all_that_is_in_it(first: Path) -> None:
    with duckdb.connect(str(first / "warehouse.duckdb")) as connection:
        before = {table: read(connection, f"SELECT * FROM {table} ORDER BY ALL") for table in KEPT}
    with connect(open_workspace(first), read_only=True) as connection:
        assert warehouse_version(connection) == VERSION
        for table, rows in before.items():
            names = ", ".join(rows.columns)
            assert read(connection, f"SELECT {names} FROM {table} ORDER BY ALL").equals(rows)
    assert not before["ledger"].is_empty()


def test_the_books_of_the_first_version_hold_and_go_on(first: Path) -> None:
    workspace = open_workspace(first)
    [found] = {row["run_id"] for row in status(workspace)[0].rows()}
    missing = [table for table in verify(workspace) if table.name == "every_published_file_is_unchanged"]
    folder = first / "out" / str(found)
    again = f"is missing with its folder: `rebatch replay {found} --to {folder}` makes it again"
    assert [row["found"] for row in missing[0].rows()] == [again]  # only the warehouse came along
    run_all(workspace, Run(date(2026, 11, 23)))
    replay(workspace, str(found), to=folder)
    assert holds(verify(workspace))


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "ask", [plan, lambda books: explain(books, member="D-001", program="volume-bonus-2026", period="2026-Q3")]
)
def test_what_an_older_version_computed_is_asked_for_anew(first: Path, ask: Callable[[Workspace], object]) -> None:
    workspace = open_workspace(first)
    with pytest.raises(BooksError, match="`rebatch run` first"):
        ask(workspace)
    run_all(workspace, Run(date(2026, 10, 5)))
    ask(workspace)


def test_the_first_run_of_the_first_version_is_posted_alike_today(first: Path) -> None:
    tables = replay(open_workspace(first), "2026-10-05")
    assert not [row for row in tables[-1].rows() if str(row.get("what", "")).startswith(("posting", "seal"))]


@pytest.mark.long
def test_books_that_were_sealed_by_the_earlier_method_hold_can_be_replayed_and_go_on(
    past_books: History, tmp_path: Path
) -> None:
    """And the next run seals again what the earlier method did not keep from somebody who knows it."""
    history = past_books.copy(tmp_path / "history")
    shutil.rmtree(history.root / "out")
    history.workspace.warehouse_path.unlink()
    with duckdb.connect(str(history.workspace.warehouse_path)) as connection:
        connection.execute(NINTH.read_text(encoding="utf-8"))
    for run_id in history.runs()[::5]:
        differences = [row for table in replay(history.workspace, run_id)[1:] for row in table.frame.to_dicts()]
        # The folders were not kept, and statements are written in other words since.
        assert {row["what"] for row in differences} <= {f"out/{run_id}", "manifest.json", "version"}
    assert broken(history) == {"every_published_file_is_unchanged"}
    history.run("2026-07-15")
    assert broken(history) == {"every_published_file_is_unchanged"}
    methods = history.ask("SELECT method FROM seals JOIN runs USING (run_id) ORDER BY run_seq")["method"]
    assert methods.to_list() == [*[1] * 6, 4]
    history.change("UPDATE payout_drafts SET reference = reference || 'x' WHERE since_run = 1")
    [found] = [table.frame for table in verify(history.workspace) if table.name == "every_seal_is_whole"]
    assert found["run_id"].to_list() == [history.runs()[0], history.runs()[-1]]


def broken(history: History) -> set[str]:
    return {table.name for table in verify(history.workspace)[1:]}


def test_a_warehouse_of_a_newer_version_is_refused_by_name(first: Path) -> None:
    path = first / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE warehouse_version SET version = 99")
    before = path.read_bytes()
    for read_only in (True, False):
        refused = pytest.raises(TerminalError, match="of version 99, this Rebatch knows versions up to")
        with refused, connect(open_workspace(first), read_only=read_only):
            pass
    assert path.read_bytes() == before


def test_a_migration_that_fails_changes_nothing(first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MIGRATIONS, VERSION, MIGRATIONS[VERSION] + "; SELECT nonsense")
    with duckdb.connect(str(first / "warehouse.duckdb")) as connection:
        before = schema_of(connection, tables_of(connection))
        with pytest.raises(duckdb.BinderException):
            bring_forward(connection)
        assert schema_of(connection, tables_of(connection)) == before
        assert warehouse_version(connection) == FIRST_VERSION


def test_a_new_warehouse_is_of_the_newest_version(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        bring_forward(connection)
        assert warehouse_version(connection) == VERSION
        assert connection.execute("SELECT COUNT(*) FROM warehouse_version").fetchall() == [(1,)]
