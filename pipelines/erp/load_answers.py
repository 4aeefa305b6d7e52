"""Loading payment answers: what the ERP says of exported payouts is validated like every other extract."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pipelines.erp.payment_answers import DATA_SET
from pipelines.intake.extract_list import Extract, landing_path
from pipelines.intake.load_history import load_history
from pipelines.intake.read_ahead import reading_ahead
from pipelines.intake.row_identity import refuse_changed
from pipelines.intake.stage import stage_file
from pipelines.sources.csv_landing import land
from pipelines.sources.parquet_source import check_parquet
from pipelines.warehouse.data_tables import make_tables
from pipelines.warehouse.frames import read, read_row
from pipelines.workspace.files import make_own_folder, remove_parts
from pipelines.workspace.regular_files import open_regular, real_path
from schemas.errors import ExtractError, Place, Problem, WorkspaceError
from schemas.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import polars as pl

    from pipelines.workspace.configuration import Workspace

REPEATED = """
    SELECT $load_seq AS load_seq, d.line, $path AS path, d.payout_id, d.status, d.paid_on, d.amount, d.currency,
        COALESCE(d.reference, '') AS reference, COALESCE(d.message, '') AS message
    FROM door AS d
    WHERE d.line IN (SELECT line FROM outcomes WHERE is_new AND outcome = 'duplicate')
    ORDER BY d.line
"""
"""Rows of the file just loaded that repeat an earlier row; the table does not keep them."""


def load_answers(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, path: Path
) -> tuple[int, pl.DataFrame | None]:
    """Load a file of answers; returns its load_seq, and its rows that were known already (None: the whole file was).

    Raises:
        WorkspaceError: no source of payments, or more than one, may have written it.
        ExtractError: it cannot be read, or has more rejects than the workspace allows; nothing of it is loaded.
        BooksError: what identifies the answers in force was changed.
    """
    source = source_of(workspace, path)
    make_tables(connection)
    refuse_changed(connection, workspace.config, DATA_SET)
    extract = _extract(workspace, path, source)
    with reading_ahead(connection, workspace, [extract], [source]) as ahead:
        counts = stage_file(connection, workspace, ahead, extract, history=load_history(connection))
        query = "SELECT MAX(load_seq) FROM loads WHERE data_set = ? AND source = ? AND sha256 = ?"
        (load_seq,) = read_row(connection, query, [DATA_SET, source.source, extract.sha256])
        if not counts:
            return load_seq, None
        found = read(connection, REPEATED, {"load_seq": load_seq, "path": extract.path})
        return load_seq, found


def source_of(workspace: Workspace, path: Path) -> Source:
    """Return the source that says how a file of answers is written: the one whose path matches it, or the only one.

    Raises:
        WorkspaceError: there are several, and none of them looks where the file lies.
    """
    sources = [source for source in workspace.config.sources if source.data_set == DATA_SET]
    fitting = [source for source in sources if real_path(path) in _matches(workspace, source)]
    # One matching source, or only one at all, leaves no doubt; a file may lie anywhere.
    if len(fitting or sources) == 1:
        return (fitting or sources)[0]
    if not sources:
        kind = "parquet" if path.suffix == ".parquet" else "csv"
        return Source.model_validate({"data_set": DATA_SET, "path": path.name, "format": kind})
    names = ", ".join(f"{source.source} ({source.path})" for source in sources)
    todo = "put it where one of them looks"
    raise WorkspaceError(Problem(f"it may be written as any of the sources {names}", todo, at=Place(str(path))))


def _matches(workspace: Workspace, source: Source) -> set[Path]:
    return {real_path(found) for found in workspace.root.glob(source.pattern)}


def _extract(workspace: Workspace, path: Path, source: Source) -> Extract:
    """Check a file of answers and land it, as the stage extract does."""
    home = real_path(workspace.root)
    whole = real_path(path)
    name = whole.relative_to(home).as_posix() if whole.is_relative_to(home) else whole.as_posix()
    try:
        with open_regular(path) as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        found = f"the file cannot be read ({error.strerror or error})"
        raise ExtractError(Problem(found, "name a file that is there and may be read", at=Place(str(path)))) from error
    make_own_folder(workspace.landing_dir)
    remove_parts(workspace.landing_dir)
    if source.format == "parquet":
        columns = check_parquet(path, source=source, file=name)
    else:
        columns = land(path, landing_path(workspace, sha256, source), source=source, file=name)
    return Extract(0, name, sha256, path.stat().st_size, tuple(columns))
