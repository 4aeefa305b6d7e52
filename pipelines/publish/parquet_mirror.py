"""The Parquet mirror: the tables of the books, readable at any time, also while a run holds the warehouse."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import literal
from pipelines.workspace.files import fresh_part, make_own_folder, storage_errors
from pipelines.workspace.folders import draft_folder, publish_folder

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from pipelines.workspace.configuration import Workspace

_SET = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}")
"""The names of runs, after which the sets are called."""

CURRENT = "current"
"""The name of the symbolic link in `published` to the set of the last run."""

TABLES = {
    "runs": "SELECT * EXCLUDE (config_text, logo_sha256) FROM runs WHERE state <> 'computing' ORDER BY run_seq",
    "loads": "SELECT * FROM loads ORDER BY load_seq",
    "ledger": "SELECT * FROM ledger ORDER BY seq",
    "payouts": "SELECT * FROM payouts ORDER BY payout_id",
    "entitlements": "SELECT * FROM work.entitlements ORDER BY program, rebate, member_id, period, horizon",
    "origins": "SELECT * FROM origins ORDER BY ALL",
    "seals": "SELECT * FROM seals ORDER BY ledger_seq",
}
"""The mirrored tables; entitlements carry the measures, qualifiers and baselines they come from."""

_EARLIER = "SELECT run_id FROM runs WHERE run_id <> ? ORDER BY run_seq DESC"
"""The other runs, the last first."""


def mirror(connection: duckdb.DuckDBPyConnection, workspace: Workspace, run_id: str) -> None:
    """Write the tables as the run left them to published/<run id>/, and point published/current there.

    The set appears whole. The set of the run before stays, also if this run is done again, so that a reader who has
    begun can go on: resolve the link once to read several tables of one set.

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
        _lead_to(final)
        earlier = [run_id for (run_id,) in connection.execute(_EARLIER, [run_id]).fetchall()]
        sets = {path.name: path for path in workspace.published_dir.iterdir() if _is_set(path)}
        before = next((name for name in earlier if name in sets), None)
        for name in sorted(sets.keys() - {final.name, before}):
            shutil.rmtree(sets[name])


def _is_set(path: Path) -> bool:
    """Return whether this is a set of tables, rather than the link to one or something of another's."""
    return _SET.fullmatch(path.name) is not None and path.is_dir() and not path.is_symlink()


def _copy(connection: duckdb.DuckDBPyConnection, rows: str, path: Path) -> None:
    # Every query is sorted: DuckDB writes rows in the order of the query, so the same books give the same rows. They
    # need not be the same bytes: that no value of a column is missing is noted row by row, or once.
    connection.execute(f"COPY ({rows}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")


def _lead_to(final: Path) -> None:
    """Write the link anew in one step, pointing to `final`."""
    link = final.with_name(CURRENT)
    if not link.is_symlink() or link.readlink().name != final.name:
        if link.is_dir() and not link.is_symlink():  # a copy of the workspace that followed links has a folder here
            shutil.rmtree(link)
        beside = fresh_part(link)
        beside.unlink(missing_ok=True)
        # A link cannot be changed in place: a new one is renamed over it, so that readers always find one.
        beside.symlink_to(final.name, target_is_directory=True)
        beside.replace(link)
