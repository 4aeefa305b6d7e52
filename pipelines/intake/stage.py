"""The stage stage: validate every new extract and load it, each file in one transaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.books.runs import now
from pipelines.console.stage_progress import StageResult
from pipelines.intake.cast_text import Reading
from pipelines.intake.extract_list import is_as_found, read_manifest, still_written
from pipelines.intake.file_input import file_mapping
from pipelines.intake.footer import check_footer
from pipelines.intake.known_rows import collect_known
from pipelines.intake.load_history import Load, load_history
from pipelines.intake.loads import OUTCOMES, count_outcomes, record_load
from pipelines.intake.missing_rows import Delivery, end_missing, says_everything, write_withdrawn
from pipelines.intake.outdated_rows import outdated_rows, renamed_problem, tell
from pipelines.intake.read_ahead import reading_ahead
from pipelines.intake.recipes import recipe_of
from pipelines.intake.refused_files import keep_refused
from pipelines.intake.reject_limit import refuse_if_above, rejects_path
from pipelines.intake.rejects import Rejected, describe_problems, is_correction, keep_rejects, resolve, write_rejects
from pipelines.intake.row_hashes import fill_row_hashes, hash_written
from pipelines.intake.row_identity import refuse_changed
from pipelines.intake.row_versions import Arrival, decide, keep, refuse_lost_columns
from pipelines.warehouse.connection import connect
from pipelines.warehouse.data_tables import add_columns, make_tables
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.files import storage_errors
from schemas.catalogue import DATA_SETS
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from pipelines.books.runs import Run
    from pipelines.intake.extract_list import Extract
    from pipelines.intake.input_sql import Input
    from pipelines.intake.load_history import Before, LoadHistory
    from pipelines.intake.outdated_rows import Outdated
    from pipelines.intake.read_ahead import Opened, ReadAhead
    from pipelines.workspace.configuration import Workspace
    from schemas.source import Source


def stage(workspace: Workspace, run: Run) -> StageResult:
    """Load what the extract stage found and the warehouse does not have yet.

    Raises:
        BooksError: what identifies rows in force was changed; nothing is loaded.
        ExtractError: a file has more rejects than the workspace allows, or would name rows otherwise that are in force
            and cannot be read again; nothing of it is loaded.
        InvariantError: the rows of a file are not all accounted for.
        StorageError: the disk is full or cannot be written.
    """
    extracts: Sequence[Extract] = read_manifest(workspace).extracts
    counts: Counter[str] = Counter({"read": 0, **dict.fromkeys(OUTCOMES, 0), "files": 0})
    refused: list[Problem] = []
    warned: list[Problem] = []
    run.progress.start("stage", len(extracts))
    with connect(workspace) as connection:
        make_tables(connection)
        refuse_changed(connection, workspace.config)
        # Before any load changes older rows, by ending versions.
        fill_row_hashes(connection)
        history = load_history(connection)
        outdated = outdated_rows(connection, workspace.config, extracts, history)
        extracts = _without_renamed(connection, workspace, extracts, outdated, refused=refused, warned=warned)
        with reading_ahead(connection, workspace, extracts, workspace.config.sources) as ahead:
            at = stopped_at = ""
            for extract in extracts:
                source = ahead.source(extract)
                if refused and source.data_set != at:
                    # Later data sets refer to the refused one and would fail for that alone.
                    stopped_at = stopped_at or at
                    if not run.is_rehearsal:
                        break
                at = source.data_set
                try:
                    loaded = stage_file(
                        connection,
                        workspace,
                        ahead,
                        extract,
                        history=history,
                        only_check=bool(refused) and not run.is_rehearsal,
                    )
                    counts.update(loaded)
                except ExtractError as error:
                    keep_refused(connection, source.data_set, error)
                    blocks = DATA_SETS[source.data_set].blocks and not stopped_at
                    (refused if blocks else warned).extend(error.problems)
                run.progress.advance(1)
        outdated = outdated_rows(connection, workspace.config, extracts, history)
    run.progress.end()
    if refused:
        raise ExtractError(*refused)
    result: dict[str, int | str] = dict(counts)
    result |= {"gone": tell(outdated)} if outdated else {}
    return StageResult("stage", result | ({"refused": "\n".join(map(str, warned))} if warned else {}))


def _without_renamed(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    extracts: Sequence[Extract],
    outdated: Iterable[Outdated],
    *,
    refused: list[Problem],
    warned: list[Problem],
) -> list[Extract]:
    """Return the extracts of sources that still name the rows in force as they did; the others are `refused`."""
    sources = workspace.config.sources
    snapshots = {(source.data_set, source.source) for source in sources if source.delivery == "snapshot"}
    renamed = [each for each in outdated if each.is_renamed and (each.data_set, each.source) not in snapshots]
    for each in renamed:
        problem = renamed_problem(each)
        keep_refused(connection, each.data_set, ExtractError(problem))
        (refused if DATA_SETS[each.data_set].blocks else warned).append(problem)
    barred = {(each.data_set, each.source) for each in renamed}
    of_source = [(sources[extract.position].data_set, sources[extract.position].source) for extract in extracts]
    return [extract for extract, source in zip(extracts, of_source, strict=True) if source not in barred]


def stage_file(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    ahead: ReadAhead,
    extract: Extract,
    *,
    history: LoadHistory,
    only_check: bool = False,
) -> dict[str, int]:
    """Load one file whole or not at all; returns its counts, empty if it was loaded before.

    Raises:
        ExtractError: it has more rejects than the workspace allows, or another source brought it before.
        InvariantError: its rows are not all accounted for.
    """
    source = ahead.source(extract)
    before = _look_back(history, extract, source, recipe=recipe_of(source, workspace.config))
    counts: dict[str, int] = {}
    if not before.is_loaded:
        opened, mapping = ahead.show(extract), file_mapping(extract, source)
        reading = Reading(source, workspace.config.ids)
        check_footer(connection, opened.found, mapping, reading=reading, file=extract.path)
        # What is read again takes back what it was read as; a corrected row was looked at by a person.
        is_new = before.rereads is None and not is_correction(extract.columns)
        if is_new and collect_known(connection, opened, mapping.key):
            opened = replace(opened, has_problems=True)
        with transaction(connection, is_trial=only_check):
            load, counts = _load(connection, workspace, opened, before=before, load_seq=history.last_seq + 1)
        if not only_check:
            history.add(load)
    if source.format == "csv" and not only_check:
        # After the commit: a command killed in between finds the file loaded, and tidies its text away then.
        with storage_errors(workspace.landing_dir):
            ahead.path(extract).unlink(missing_ok=True)
    return counts


def _look_back(history: LoadHistory, extract: Extract, source: Source, *, recipe: str) -> Before:
    """Return what a file was before.

    The same content from another source is refused: the source is part of the keys, so its rows would count twice.
    """
    if (other := history.other_source(source, extract.sha256)) is not None:
        name = other.source
        found = f"the very same content was loaded from the source {name!r} ({other.path}); it would count twice"
        todo = f"name the source {name!r} again, or remove the file"
        raise ExtractError(Problem(found, todo, at=Place(extract.path)))
    return history.look_back(source, extract.path, extract.sha256, recipe)


def _load(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    opened: Opened,
    *,
    before: Before,
    load_seq: int,
) -> tuple[Load, dict[str, int]]:
    """Load a validated file; returns what the load history keeps of it, and its counts."""
    extract, source = opened.extract, opened.source
    data_set = DATA_SETS[source.data_set]
    rejected = Rejected(source.data_set, extract.path, extract.sha256, extract.columns)
    if opened.has_problems:
        _take_rejects_aside(connection, workspace, opened.found, rejected=rejected, source=source)
    arrival = Arrival(before.rereads or load_seq, before.earlier if before.replaces else ())
    verdict = decide(connection, data_set, arrival, has_rejects=opened.has_problems)
    if verdict.has_contest and not arrival.own and not is_correction(extract.columns):
        refuse_lost_columns(connection, data_set, file_mapping(extract, source).there(source.ignore), extract.path)
    add_columns(connection, data_set.name, opened.extras)
    written = keep(connection, data_set, verdict, rows=opened.found.count, source=source.source, load_seq=load_seq)
    if opened.has_problems:
        keep_rejects(connection, rejected, load_seq=load_seq)
    # After keep_rejects: a corrected row that is refused again opens a new reject, whose own load is not searched.
    resolve(connection, opened.found, rejected, load_seq=load_seq)
    read, counts = count_outcomes(connection, data_set, verdict, rows=opened.found.count, load_seq=load_seq)
    is_everything = says_everything(connection, extract, source, has_rejects=opened.has_problems)
    delivery = Delivery(extract, source, before, load_seq, is_everything)
    missing = end_missing(connection, delivery, workspace.config)
    if missing.withdrawn:
        write_withdrawn(connection, delivery, rejects_path(workspace, rejected, (), kind="withdrawn"))
    ends_some = verdict.has_contest or missing.withdrawn > 0
    only_adds = not (ends_some or opened.has_problems or is_correction(extract.columns))
    load: dict[str, object] = {
        "load_seq": load_seq,
        "data_set": source.data_set,
        "source": source.source,
        "path": extract.path,
        "sha256": extract.sha256,
        "bytes": extract.bytes,
        "format": source.format,
        "values_rounded": opened.rounded,
        "loaded_at": now(),
        "rows_sha256": hash_written(connection, source.data_set, load_seq, written, only_adds=only_adds),
        "recipe": recipe_of(source, workspace.config),
        "rereads_seq": before.rereads,
        "rows_missing": missing.still_in_force,
        "rows_withdrawn": missing.withdrawn,
    }
    record_load(connection, load, read, counts)
    if source.format != "csv" and not is_as_found(workspace, extract):  # it was read where it lies, just now
        raise ExtractError(still_written(extract.path))
    told = {"read again": before.rereads is not None, "missing": missing.told, "withdrawn": missing.withdrawn}
    outcomes = {name: count.rows for name, count in counts.items()}
    done = Load(
        load_seq=load_seq,
        data_set=source.data_set,
        source=source.source,
        path=extract.path,
        sha256=extract.sha256,
        recipe=recipe_of(source, workspace.config),
        arrival_seq=arrival.seq,
        rows_read=read.rows,
        rows_missing=missing.still_in_force,
    )
    return done, {
        "read": read.rows, "files": 1, **outcomes, **{name: int(count) for name, count in told.items() if count}
    }  # fmt: skip


def _take_rejects_aside(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    found: Input,
    *,
    rejected: Rejected,
    source: Source,
) -> None:
    """Write the rejects before anything is committed, and refuse the file if they are too many.

    A file of corrected rows is short and was checked by a person: what is still wrong in it refuses only itself.
    """
    describe_problems(connection, found, rejected, source=source)
    paths = (
        extract.path
        for extract in read_manifest(workspace).extracts
        if workspace.config.sources[extract.position].data_set == rejected.data_set
    )
    target = rejects_path(workspace, rejected, paths)
    write_rejects(connection, found, rejected, source=source, target=target)
    if not is_correction(rejected.columns):
        path = target.relative_to(workspace.made_in).as_posix()
        written = f"the rows are in {path}" if workspace.apart is None else f"a run leaves the rows in {path}"
        refuse_if_above(connection, workspace.config.max_rejects, rejected=rejected, rows=found.count, written=written)
