"""The stage extract: find the files of every source, check them, and land the text of new CSV files as Parquet."""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from pipelines.console.stage_progress import StageResult
from pipelines.intake.extract_files import files_of, name_of
from pipelines.intake.extract_list import (
    LANDED,
    Extract,
    Manifest,
    fingerprint,
    landing_path,
    read_manifest,
    write_manifest,
)
from pipelines.intake.file_looks import first_looks, refuse_if_changed
from pipelines.intake.load_history import LoadHistory, load_history
from pipelines.intake.recipes import recipe_of
from pipelines.intake.refused_files import forget_refused, keep_refused
from pipelines.sources.csv_landing import land
from pipelines.sources.parquet_source import check_parquet
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import CONFIG
from pipelines.workspace.files import make_own_folder, remove_parts, storage_errors
from pipelines.workspace.regular_files import open_regular
from schemas.catalogue import ALWAYS_NEEDED, DATA_SETS
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipelines.books.runs import Run
    from pipelines.workspace.configuration import Workspace
    from schemas.source import Source


AT_ONCE = 4
"""Files read at a time, on as many cores: each long file takes about 100 MB of memory."""


@dataclass(frozen=True)
class _Found:
    """The result for one file: an extract, or what is wrong with it."""

    extract: Extract | None = None
    mark: str = ""
    is_loaded: bool = False
    problems: tuple[Problem, ...] = ()
    refused: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Known:
    """What is known before files are read: hashes by fingerprint, what was loaded, and the first look at each file."""

    hashes: dict[str, str]
    history: LoadHistory
    first_look: Mapping[Path, str]
    landing: defaultdict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))


@dataclass
class _Finds:
    """The results for all files so far."""

    extracts: list[Extract] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    landings: set[Path] = field(default_factory=set)
    new_files: int = 0


def extract(workspace: Workspace, run: Run) -> StageResult:
    """Extract the new files of all sources into the landing folder; nothing is loaded yet.

    Files of data sets that never block a run are refused by name and left out.

    Raises:
        ExtractError: every problem of every file.
        StorageError: the landing folder cannot be written.
    """
    make_own_folder(workspace.landing_dir)
    known = read_manifest(workspace).hashes
    history = _begin(workspace)
    finds = _Finds(problems=_unsourced(workspace))
    run.progress.start("extract", None)
    files = []
    for position, source in _in_load_order(workspace):
        paths, problems = files_of(workspace, position, source)
        files += [(position, path) for path in paths]
        finds.problems += problems
    looks = first_looks(workspace.root, [path for _, path in files], known)
    look = partial(_look, workspace, _Known(known, history, looks))
    with ThreadPoolExecutor(min(AT_ONCE, workspace.config.threads or os.cpu_count() or 1)) as hands:
        # map keeps the order of the files, so that the manifest does not depend on which thread was faster.
        for found in hands.map(lambda file: look(*file), files):
            _take(workspace, found, finds)
            run.progress.advance(1)
    run.progress.end()
    refused = tuple(str(problem) for problem in finds.refused)
    # Before the error is raised: files that landed well are kept for the next run, which then need not read them again.
    _tidy(workspace, finds.landings)
    write_manifest(workspace, Manifest(tuple(finds.extracts), finds.hashes, refused))
    finds.problems += _read_in_two_ways(workspace, finds.extracts)
    if finds.problems or finds.refused:
        data_sets = {name_of(workspace, path): workspace.config.sources[position].data_set for position, path in files}
        with connect(workspace) as connection:
            for problem in (*finds.problems, *finds.refused):
                keep_refused(connection, data_sets.get(problem.at.file, ""), ExtractError(problem))
    if finds.problems:
        raise ExtractError(*finds.problems)
    counts: dict[str, int | str] = {
        "files": len(finds.extracts),
        "new_files": finds.new_files,
        "bytes": sum(found.bytes for found in finds.extracts),
    }
    return StageResult("extract", counts | ({"refused": "\n".join(refused)} if refused else {}))


def _begin(workspace: Workspace) -> LoadHistory:
    """Return what was loaded before, after emptying the list of files that the run before refused."""
    if not workspace.warehouse_path.exists():
        return LoadHistory()
    with connect(workspace) as connection:
        forget_refused(connection)
        return load_history(connection)


def _in_load_order(workspace: Workspace) -> list[tuple[int, Source]]:
    """Return the sources with their positions, by the order of data sets: those referred to come first."""
    order = list(DATA_SETS)
    return sorted(enumerate(workspace.config.sources), key=lambda item: (order.index(item[1].data_set), item[0]))


def _unsourced(workspace: Workspace) -> list[Problem]:
    """Return a problem for each data set without a source that all need, or that rows of a sourced one refer to."""
    sourced = {source.data_set for source in workspace.config.sources}
    needed = {*ALWAYS_NEEDED, *(other for name in sourced for other in DATA_SETS[name].needs)}
    todo = "say under `sources:` where its extracts lie"
    return [
        Problem(f"there is no source of {name}", todo, at=Place(CONFIG))
        for name in DATA_SETS
        if name in needed - sourced
    ]


def _look(workspace: Workspace, known: _Known, position: int, path: Path) -> _Found:
    """Return the result for one file, after landing it if it is new; called from several threads."""
    source, name = workspace.config.sources[position], name_of(workspace, path)
    try:
        values = source.path_values(name)
        mark = fingerprint(path, name) + (json.dumps(values) if values else "")
        # An unchanged file is not read again: its size, times and inode are in the mark.
        sha256 = known.hashes.get(mark) or _hash(path, values)
        is_loaded = known.history.look_back(source, name, sha256, recipe_of(source, workspace.config)).is_loaded
        columns: list[str] = []
        if not is_loaded:
            with known.landing[sha256]:  # copies of one file land in one place
                columns = _check(workspace, path, source=source, name=name, sha256=sha256)
            refuse_if_changed(path, name, known.first_look[path])
    except ExtractError as error:
        if DATA_SETS[source.data_set].blocks:
            return _Found(problems=error.problems)
        return _Found(refused=error.problems)
    except OSError as error:
        found = f"the file cannot be read ({error.strerror or error})"
        return _Found(problems=(Problem(found, "give permission to read it, or copy it again", at=Place(name)),))
    extract = Extract(position, name, sha256, path.stat().st_size, tuple(columns))
    return _Found(extract, mark, is_loaded=is_loaded)


def _take(workspace: Workspace, found: _Found, finds: _Finds) -> None:
    """Record the result for one file; called in the main thread only."""
    finds.problems.extend(found.problems)
    finds.refused.extend(found.refused)
    if found.extract is None:
        return
    source = workspace.config.sources[found.extract.position]
    finds.hashes[found.mark] = found.extract.sha256
    finds.extracts.append(found.extract)
    finds.new_files += not found.is_loaded
    if not found.is_loaded and source.format == "csv":
        finds.landings.add(landing_path(workspace, found.extract.sha256, source))


def _check(workspace: Workspace, path: Path, *, source: Source, name: str, sha256: str) -> list[str]:
    if source.format == "parquet":
        return check_parquet(path, source=source, file=name)
    return land(path, landing_path(workspace, sha256, source), source=source, file=name)


def _read_in_two_ways(workspace: Workspace, extracts: Sequence[Extract]) -> Iterator[Problem]:
    """Yield a problem for every copy of a file that another entry of the same source reads by another recipe."""
    first: dict[tuple[str, str, str], tuple[Extract, str]] = {}
    for extract in extracts:
        source = workspace.config.sources[extract.position]
        recipe = recipe_of(source, workspace.config)
        other, other_recipe = first.setdefault((source.data_set, source.source, extract.sha256), (extract, recipe))
        if recipe != other_recipe:
            found = (
                f"the very same content lies at {other.path}, where it is read in another way: it can count only once"
            )
            yield Problem(found, "remove one of the two files", at=Place(extract.path))


def _tidy(workspace: Workspace, landings: set[Path]) -> None:
    """Remove files left half-written by stopped runs, and the landed text of files that are loaded or gone."""
    remove_parts(workspace.landing_dir)
    with storage_errors(workspace.landing_dir):
        for path in workspace.landing_dir.iterdir():
            if LANDED.fullmatch(path.name) and path not in landings and not path.is_dir():
                path.unlink()


def _hash(path: Path, values: dict[str, str]) -> str:
    """Return the hash of a file and of the values that stand in its path: alike files of two days are two."""
    with open_regular(path) as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(json.dumps([found, values]).encode()).hexdigest() if values else found
