"""The documents of payees: the statements published for every month, as pages, files and PDF."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from pipelines.documents.make import document_name
from pipelines.workspace.regular_files import read_regular
from reports.erp.manifest import MANIFEST_FILE
from reports.statement.paths import HASH_DIGITS, STATEMENTS_FOLDER
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


_STEM = re.compile(rf"(.+-[0-9a-f]{{{HASH_DIGITS}}})[-.][^/]*$")


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
        self._months: list[tuple[str, Path, Mapping[str, str], Mapping[str, list[tuple[str, str]]]]] = []
        for run_id, month in connection.execute(LAST_RUNS).fetchall():
            folder = workspace.out_dir / run_id
            try:
                manifest = json.loads(read_regular(folder / MANIFEST_FILE))
                beside = _by_stem(manifest["files"])
                self._months.append((month, folder, manifest["statements"], beside))
            except (OSError, ValueError, LookupError, TypeError):
                found = "what was published cannot be read, so its statements are not on the site"
                place = Place(f"{workspace.out_dir.name}/{run_id}/{MANIFEST_FILE}")
                self.problems.append(Problem(found, "`rebatch verify` tells what was changed", at=place))

    def of(self, payee_id: str) -> Iterator[Paper]:
        """Yield the files for a payee: of each month the page, what lies beside it, and the PDF if it was made."""
        for month, folder, statements, beside in self._months:
            path = statements.get(payee_id)
            if path is None:
                continue
            for name, sha256 in beside[_stem(path)]:
                yield Paper(month, folder / name, sha256, is_page=name == path)
            document = self._workspace.statements_dir / month / document_name(payee_id)
            if document.is_file():
                yield Paper(month, document, "", is_page=False)


def _by_stem(files: list[dict[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """Return the files of statements with their SHA-256, by the stem that those of a payee share; pages first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in sorted(files, key=lambda each: (not each["path"].endswith(".html"), each["path"])):
        if entry["path"].startswith(f"{STATEMENTS_FOLDER}/"):
            found.setdefault(_stem(entry["path"]), []).append((entry["path"], entry["sha256"]))
    return found


def _stem(path: str) -> str:
    """Return what the names of a payee's files begin with: slug and hash of the id (see reports.statement.paths)."""
    found = _STEM.match(path)
    return found[1] if found else path
