"""Stage: take every new extract through the door into the warehouse, each file in one transaction."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq

from pipelines.data_tables import add_columns, make_tables
from pipelines.door import landed_input, open_door, typed_input
from pipelines.loads import OUTCOMES, count_door, count_outcomes, record_load
from pipelines.manifest import landing_path, read_manifest
from pipelines.mapping import map_columns
from pipelines.parquet_source import find_damage
from pipelines.refusal import refuse_if_above, rejects_path
from pipelines.rejects import Rejected, describe_problems, is_correction, keep_rejects, resolve, write_rejects
from pipelines.result import StageResult
from pipelines.row_hashes import fill_row_hashes, hash_rows
from pipelines.runs import now
from pipelines.typing_sql import Reading
from pipelines.versions import decide, keep
from pipelines.warehouse import connect
from schemas.catalogue import DATA_SETS
from schemas.errors import ExtractError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.door import Input
    from pipelines.manifest import Extract
    from pipelines.runs import Run
    from pipelines.workspace import Workspace
    from schemas.workspace import Source


def stage(workspace: Workspace, run: Run) -> StageResult:
    """Load what the extract stage found and the warehouse does not have yet.

    Raises:
        ExtractError: a file has more rejects than the workspace allows; nothing of it is loaded.
        InvariantError: the rows of a file are not all accounted for.
        StorageError: the disk is full or cannot be written.
    """
    extracts = read_manifest(workspace).extracts
    counts: Counter[str] = Counter({"read": 0, **dict.fromkeys(OUTCOMES, 0), "files": 0})
    refused: list[Problem] = []
    warned: list[Problem] = []
    run.progress.start("stage", len(extracts))
    with connect(workspace) as connection:
        connection.execute("SET produce_arrow_string_view = true")
        make_tables(connection)
        fill_row_hashes(connection)
        at = ""
        for extract in extracts:
            source = workspace.config.sources[extract.position]
            if refused and source.data_set != at:
                break  # what comes after refers to what was refused
            at = source.data_set
            try:
                counts.update(stage_file(connection, workspace, extract, source, only_check=bool(refused)))
            except ExtractError as error:
                (refused if DATA_SETS[source.data_set].blocks else warned).extend(error.problems)
            run.progress.advance(1)
    run.progress.end()
    if refused:
        raise ExtractError(*refused)
    result: dict[str, int | str] = dict(counts)
    return StageResult("stage", result | ({"refused": "\n".join(map(str, warned))} if warned else {}))


def stage_file(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    extract: Extract,
    source: Source,
    *,
    only_check: bool = False,
) -> dict[str, int]:
    """Load one file whole or not at all; return its counts, none if it was loaded before.

    Raises:
        ExtractError: it has more rejects than the workspace allows, or another source brought it before.
        InvariantError: its rows are not all accounted for.
    """
    known = connection.execute(
        "SELECT 1 FROM loads WHERE data_set = ? AND source = ? AND sha256 = ?",
        [source.data_set, source.source, extract.sha256],
    ).fetchall()
    if known:
        return {}
    _refuse_twin(connection, extract, source)
    is_landed = source.format == "csv"
    path = landing_path(workspace, extract.sha256, source) if is_landed else workspace.root / extract.path
    with _transaction(connection, only_check=only_check):
        counts = _load(connection, workspace, extract, source, path=path)
    if is_landed and not only_check:
        path.unlink(missing_ok=True)
    return counts


def _refuse_twin(connection: duckdb.DuckDBPyConnection, extract: Extract, source: Source) -> None:
    """Refuse rows that another source brought already: the source is part of their keys, so they would count twice."""
    twins = connection.execute(
        "SELECT source, path FROM loads WHERE data_set = ? AND sha256 = ? AND rows_read > 0 LIMIT 1",
        [source.data_set, extract.sha256],
    ).fetchall()
    if twins:
        name, path = twins[0]
        found = f"the very same content was loaded from the source {name!r} ({path}); it would count twice"
        raise ExtractError(Problem(extract.path, 0, 0, found, f"name the source {name!r} again, or remove the file"))


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection, *, only_check: bool) -> Iterator[None]:
    connection.begin()
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # a broken database has rolled back by itself
            connection.rollback()
        raise
    if only_check:
        connection.rollback()
    else:
        connection.commit()


def _load(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, extract: Extract, source: Source, *, path: Path
) -> dict[str, int]:
    data_set = DATA_SETS[source.data_set]
    load_seq = int(connection.execute("SELECT COALESCE(MAX(load_seq), 0) + 1 FROM loads").fetchall()[0][0])
    mapping, _ = map_columns(source, extract.columns, extract.path, 1)
    try:
        found = (landed_input if source.format == "csv" else typed_input)(connection, str(path))
        extras, rounded = open_door(connection, found, mapping, reading=Reading(source, workspace.config.ids))
        rows = pq.read_metadata(path).num_rows
    except duckdb.Error as error:
        damage = find_damage(path)  # DuckDB has no error of its own for a file that is damaged inside
        if damage is None:
            raise
        todo = "copy or export it again: it is damaged"
        found_damage = f"the file cannot be read to its end ({damage})"
        raise ExtractError(Problem(extract.path, 0, 0, found_damage, todo)) from error
    rejected = Rejected(source.data_set, extract.path, extract.sha256, extract.columns)
    has_rejects = _take_rejects_aside(connection, workspace, found, rejected=rejected, rows=rows, source=source)
    decide(connection, data_set)
    add_columns(connection, data_set.name, extras)
    keep(connection, data_set, source=source.source, load_seq=load_seq)
    if has_rejects:
        keep_rejects(connection, rejected, load_seq=load_seq)
    resolve(connection, found, rejected, load_seq=load_seq)
    read = count_door(connection, data_set, rows=rows)
    counts = count_outcomes(connection, data_set, read=read, load_seq=load_seq)
    load: dict[str, object] = {
        "load_seq": load_seq,
        "data_set": source.data_set,
        "source": source.source,
        "path": extract.path,
        "sha256": extract.sha256,
        "bytes": extract.bytes,
        "format": source.format,
        "values_rounded": rounded,
        "loaded_at": now(),
        "rows_hash": hash_rows(connection, source.data_set, load_seq),
    }
    record_load(connection, load, read, counts)
    return {"read": read.rows, "files": 1, **{name: count.rows for name, count in counts.items()}}


def _take_rejects_aside(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    found: Input,
    *,
    rejected: Rejected,
    rows: int,
    source: Source,
) -> bool:
    """Write the rejects before anything is committed, and stop here if they are too many; False if there are none.

    A file of corrected rows is short and was looked at by a person: what is still wrong in it refuses only itself.
    """
    if not connection.execute("SELECT 1 FROM problems LIMIT 1").fetchall():
        return False
    describe_problems(connection, found, rejected)
    paths = (
        extract.path
        for extract in read_manifest(workspace).extracts
        if workspace.config.sources[extract.position].data_set == rejected.data_set
    )
    target = rejects_path(workspace, rejected, paths)
    write_rejects(connection, found, rejected, source=source, target=target)
    if not is_correction(rejected.columns):
        written = target.relative_to(workspace.root).as_posix()
        refuse_if_above(connection, workspace.config.max_rejects, rejected=rejected, rows=rows, written=written)
    return True
