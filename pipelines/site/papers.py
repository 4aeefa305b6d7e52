"""The documents of payees: the statements published for every month, as pages, files and PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipelines.books.publications import listed_files, read_manifest
from pipelines.documents.make import document_name
from reports.erp.manifest import MANIFEST_FILE
from reports.statement.paths import account_path, rebates_path, statement_path, transactions_path
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import duckdb

    from pipelines.workspace.configuration import Workspace

LAST_RUNS = """
    SELECT run_id, payout_period FROM runs WHERE state = 'published'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY payout_period ORDER BY run_seq DESC) = 1
    ORDER BY payout_period DESC
"""
"""The run that published the last statements of each month, the newest first."""


class Paper(NamedTuple):
    """A file for a payee: the month it is of, where it lies, its SHA-256 if it was published, and whether it leads."""

    month: str
    source: Path
    sha256: str
    is_page: bool


class Papers:
    """What was published for every payee, month by month."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
        """Read the manifests of the last run of each month; those that cannot be read are `problems`."""
        self.problems: list[Problem] = []
        self._workspace = workspace
        self._months: list[tuple[str, Path, Mapping[str, str]]] = []
        for run_id, month in connection.execute(LAST_RUNS).fetchall():
            folder = workspace.out_dir / run_id
            try:
                self._months.append((month, folder, listed_files(read_manifest(folder / MANIFEST_FILE))))
            except (OSError, LookupError, TypeError):
                found = "what was published cannot be read, so its statements are not on the site"
                place = Place(f"{workspace.out_dir.name}/{run_id}/{MANIFEST_FILE}")
                self.problems.append(Problem(found, "`rebatch verify` tells what was changed", at=place))

    def of(self, payee_id: str) -> Iterator[Paper]:
        """Yield the files for a payee: of each month the page, what lies beside it, and the PDF if it was made."""
        page = statement_path(payee_id)
        paths = (page, account_path(payee_id), rebates_path(payee_id), transactions_path(payee_id))
        for month, folder, hashes in self._months:
            if page not in hashes:
                continue
            for path in paths:
                if path in hashes:
                    yield Paper(month, folder / path, hashes[path], is_page=path == page)
            document = self._workspace.statements_dir / month / document_name(payee_id)
            if document.is_file():
                yield Paper(month, document, "", is_page=False)
