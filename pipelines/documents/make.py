"""Make the statements of the last published run as PDF."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import polars as pl

from pipelines.console.tables import Table
from pipelines.documents.index import Entry, is_made, made_from, read_index, write_index
from pipelines.documents.look import look_of
from pipelines.documents.typesetter import Job
from pipelines.documents.workers import typeset_all
from pipelines.publish.statement_views import published_run, published_statements, shown_again
from pipelines.warehouse.connection import connect
from pipelines.workspace.files import make_own_folder, make_private_folder, remove_parts
from pipelines.workspace.normal_text import normal_id
from reports.document.document import document_data
from reports.statement.paths import statement_path
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from pipelines.books.runs import OpenRun
    from pipelines.console.stage_progress import Progress
    from pipelines.documents.look import Look
    from pipelines.workspace.configuration import Workspace

STEADY = 500
"""Documents after which the index is written: what was made before a kill is not made again."""


@dataclass(frozen=True)
class Documents:
    """What was made: the folder, how many files are new, how many were there unchanged, and what could not be made."""

    folder: str
    new: int
    unchanged: int
    problems: tuple[Problem, ...]

    def table(self) -> Table:
        """Return it as a table of one row: how many are new, unchanged and not made, and the folder."""
        row = {"new": [self.new], "unchanged": [self.unchanged], "not_made": [len(self.problems)]}
        return Table("documents", "Statements as PDF", pl.DataFrame({**row, "folder": [self.folder]}))


def make_documents(
    workspace: Workspace, payees: Sequence[str] | None, progress: Progress, *, folder: Path | None = None
) -> Documents:
    """Write the statements of `payees` (None: all) of the last published run, in `folder` or else where people look.

    Each is a whole file or none. One that cannot be set is told, and its older file is taken away; the others are made.
    The caller holds the workspace.

    Raises:
        BooksError: nothing was published yet, or a payee has no statement.
        StorageError: the disk is full or cannot be written.
    """
    with connect(workspace) as connection:
        run = published_run(connection)
        published = published_statements(workspace, run)
        wanted = wanted_payees(workspace, published, payees)
        place = folder or documents_folder(workspace, run)
        _make_folder(place, is_own=folder is None)
        progress.start("documents", len(wanted))
        with look_of(workspace, run.as_of) as look:
            batch = _Batch(connection, workspace, published, look, place)
            made = batch.make(wanted, progress)
        progress.end()
    return made


def documents_folder(workspace: Workspace, run: OpenRun) -> Path:
    """Return where the documents of a run lie: those of a payout period beside each other."""
    return workspace.statements_dir / run.payout_period


def document_name(payee_id: str) -> str:
    """Return the name of a payee's document, that of its page with another ending."""
    return PurePosixPath(statement_path(payee_id)).with_suffix(".pdf").name


def cores_of(workspace: Workspace) -> int:
    """Return how many processes may be at work."""
    return workspace.config.threads or os.cpu_count() or 1


def wanted_payees(workspace: Workspace, published: Mapping[str, str], payees: Sequence[str] | None) -> list[str]:
    """Return the payees that are meant (None: all), as the books write them, sorted.

    Raises:
        BooksError: naming each that has no statement.
    """
    if payees is None:
        return list(published)
    asked = sorted({normal_id(payee, workspace.config.ids) for payee in payees})
    unknown = [payee for payee in asked if payee not in published]
    if unknown:
        todo = "name a payee with a statement: the last run's manifest.json lists them"
        raise BooksError(*(Problem(f"the last run has no statement of {payee}", todo) for payee in unknown))
    return asked


def _make_folder(folder: Path, *, is_own: bool) -> None:
    if is_own:
        for each in (folder.parent, folder):
            make_own_folder(each)
    make_private_folder(folder)
    remove_parts(folder)


@dataclass
class _Batch:
    """The making of many documents in one folder."""

    connection: duckdb.DuckDBPyConnection
    workspace: Workspace
    published: Mapping[str, str]
    look: Look
    folder: Path
    entries: dict[str, Entry] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0

    def make(self, wanted: Collection[str], progress: Progress) -> Documents:
        """Write what is not there yet, and the index of it."""
        self.entries = read_index(self.folder)
        self._take_away(set(self.entries) - {document_name(payee) for payee in self.published})
        new, problems = 0, []
        for done in typeset_all(self._jobs(wanted, progress), len(wanted), cores_of(self.workspace)):
            name = document_name(done.payee_id)
            if done.flaw:
                problems.append(Problem(done.flaw, done.todo, at=Place(done.payee_id)))
                self._take_away({name})
            else:
                new += 1
                self.entries[name] = Entry(self.keys.pop(name), done.sha256)
                if new % STEADY == 0:
                    write_index(self.folder, self.entries)
            progress.advance(1)
        write_index(self.folder, self.entries)
        inside = self.folder.is_relative_to(self.workspace.made_in)
        shown = self.folder.relative_to(self.workspace.made_in) if inside else self.folder
        return Documents(shown.as_posix(), new, self.unchanged, tuple(problems))

    def _take_away(self, names: Collection[str]) -> None:
        """Remove documents that would be taken for those of this run: of payees without a statement, or not set now."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
        self.entries = {name: entry for name, entry in self.entries.items() if name not in names}

    def _jobs(self, wanted: Collection[str], progress: Progress) -> Iterator[Job]:
        """Yield what is to be set, and count what is there already."""
        for each in shown_again(self.connection, self.workspace, self.published, wanted):
            data, name = document_data(each.view, self.look.sheet), document_name(each.payee_id)
            key = made_from(self.look.made_from.encode(), data.encode())
            if is_made(self.folder, name, self.entries.get(name), key):
                self.unchanged += 1
                progress.advance(1)
                continue
            self.keys[name] = key
            yield Job(each.payee_id, data, self.folder / name, self.look.folder)
