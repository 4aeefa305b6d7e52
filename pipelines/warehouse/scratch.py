"""Copies of a workspace on which stages run as on the real one, without changing the real books."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.warehouse.connection import connect, open_file
from pipelines.warehouse.data_tables import make_tables
from pipelines.warehouse.frames import read
from pipelines.warehouse.lost_warehouse import refuse_lost
from pipelines.warehouse.quoting import quoted
from pipelines.workspace.configuration import Workspace
from pipelines.workspace.files import private_files, storage_errors
from pipelines.workspace.lock import hold
from schemas.catalogue import DATA_SETS
from schemas.errors import Place, Problem, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

TABLES = "SELECT table_name AS name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'main' ORDER BY 1"


@contextmanager
def scratch(workspace: Workspace) -> Iterator[Workspace]:
    """Yield a temporary private workspace that holds what `workspace` holds now; it is deleted afterwards.

    Rows of data sets are shown through views on the real warehouse, the tables of the books are copied, so stages may
    write. No run can begin in `workspace` meanwhile.

    Raises:
        TerminalError: nothing was ever run here.
        WorkspaceBusyError: a run holds the workspace.
    """
    refuse_lost(workspace)
    if not workspace.warehouse_path.exists():
        todo = "run `rebatch run` first: it makes the warehouse"
        found = "there is no warehouse in this workspace yet"
        raise TerminalError(Problem(found, todo, at=Place(workspace.warehouse_path.name)))
    with (
        # The views read the real warehouse: a run would change the rows under the computation.
        hold(workspace.lock_path),
        tempfile.TemporaryDirectory(prefix="rebatch-", ignore_cleanup_errors=True) as folder,
    ):
        with connect(workspace, read_only=True):
            """Migrate an older warehouse here: the one attached below must have this version's tables."""
        root = Path(folder)
        config = workspace.config.model_copy(update={"rules": str(workspace.rules_dir)})
        copy = Workspace(root, config, workspace.config_text, workspace.warehouse_path.resolve())
        with connect(copy) as connection:
            _fill(connection)
        yield copy


@contextmanager
def rehearsal(workspace: Workspace) -> Iterator[Workspace]:
    """Yield `workspace` with a copy of its warehouse, in a temporary private folder to which stages write.

    Unlike on a `scratch` copy, extracts can be loaded, since the rows of data sets are copied too. The folder is
    deleted afterwards. No run can begin in `workspace` meanwhile.

    Raises:
        WorkspaceBusyError: a run holds the workspace, or another process has the warehouse open for writing.
        StorageError: there is no room for the copy.
    """
    with (
        hold(workspace.lock_path),
        tempfile.TemporaryDirectory(prefix="rebatch-", ignore_cleanup_errors=True) as folder,
    ):
        refuse_lost(workspace)
        copy = replace(workspace, apart=Path(folder))
        if workspace.warehouse_path.exists():
            # Open for reading, so that no other process writes to it while its bytes are copied.
            with open_file(workspace, read_only=True), storage_errors(copy.warehouse_path), private_files():
                for path in workspace.root.glob(f"{workspace.warehouse_path.name}*"):
                    if path.suffix in {".duckdb", ".wal"}:
                        shutil.copyfile(path, copy.made_in / path.name)
        yield copy


def _fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Create views on the data sets of the attached books, and copy their other tables."""
    ours = set(read(connection, TABLES.replace("?", "current_database()"))["name"])
    for name in read(connection, TABLES, ["books"])["name"]:
        table = quoted(name)
        if name in DATA_SETS:
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM books.{table}")  # noqa: S608 - a name of the catalogue
        elif name in ours:
            # By name: the columns of an attached table may be in another order after migrations.
            connection.execute(f"DELETE FROM {table}; INSERT INTO {table} BY NAME SELECT * FROM books.{table}")  # noqa: S608 - a table of ours
    make_tables(connection)
