"""The Parquet mirror: the tables of the books, readable at any time, also while a run holds the warehouse."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import literal
from pipelines.workspace.files import draft_folder, make_own_folder, part_of, publish_folder, storage_errors

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from pipelines.workspace.configuration import Workspace

_SET = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}")
"""The names of runs, after which the sets are called."""

CURRENT = "current"
"""The name of the symbolic link in `published` to the set of the last run."""

TABLES = {
    "runs": "SELECT * EXCLUDE (config_text) FROM runs WHERE state <> 'computing' ORDER BY run_seq",
    "loads": "SELECT * FROM loads ORDER BY load_seq",
    "ledger": "SELECT * FROM ledger ORDER BY seq",
    "payouts": "SELECT * FROM payouts ORDER BY payout_id",
    "entitlements": "SELECT * FROM work.entitlements ORDER BY program, rebate, member_id, period, horizon",
    "origins": "SELECT * FROM origins ORDER BY ALL",
    "seals": "SELECT * FROM seals ORDER BY ledger_seq",
}
"""The mirrored tables; entitlements carry the measures, qualifiers and baselines they come from."""


def mirror(connection: duckdb.DuckDBPyConnection, workspace: Workspace, run_id: str) -> None:
    """Write the tables as the run left them to published/<run id>/, and point published/current there.

    The set appears whole. The previous set stays until the next run, so that a reader who has begun can go on: resolve
    the link once to read several tables of one set.

    Raises:
        StorageError: the disk is full or cannot be written; readers still find the set before.
    """
    final = workspace.published_dir / run_id
    make_own_folder(final.parent)
    with storage_errors(final):
        if not final.exists():
            with draft_folder(final) as folder:
                for name, rows in TABLES.items():
                    _copy(connection, rows, folder / f"{name}.parquet")
                publish_folder(folder, final)
        before = _lead_to(final)
        for folder in workspace.published_dir.iterdir():
            is_ours = _SET.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink()
            if is_ours and folder.name not in {final.name, before}:
                shutil.rmtree(folder)


def _copy(connection: duckdb.DuckDBPyConnection, rows: str, path: Path) -> None:
    # Every query is sorted: DuckDB writes rows in the order of the query, so the same books give the same rows. They
    # need not be the same bytes: that no value of a column is missing is noted row by row, or once.
    connection.execute(f"COPY ({rows}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    with path.open("rb") as file:
        # Synced here: COPY does not promise that the file is durable.
        os.fsync(file.fileno())


def _lead_to(final: Path) -> str:
    """Write the link anew in one step, pointing to `final`; returns the name of the set it led to before."""
    link = final.with_name(CURRENT)
    before = link.readlink().name if link.is_symlink() else final.name
    if before != final.name or not link.is_symlink():
        if link.is_dir() and not link.is_symlink():  # a copy of the workspace that followed links has a folder here
            shutil.rmtree(link)
        beside = part_of(link)
        beside.unlink(missing_ok=True)
        # A link cannot be changed in place: a new one is renamed over it, so that readers always find one.
        beside.symlink_to(final.name, target_is_directory=True)
        beside.replace(link)
    return before
