"""Checks of what manifests keep outside the warehouse: each must have been made from these very books.

Whoever may write the warehouse can make its hash chains anew, or cut off their ends, so that they hold in themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.books.appendix import lost_names
from pipelines.books.publications import published_manifests, read_manifest
from pipelines.erp.export_folders import PREFIX
from pipelines.workspace.files import sha256_of_file
from reports.erp.manifest import MANIFEST_FILE
from rules.ledger.hash_chain import FIRST_HASH
from schemas.errors import Place, Problem, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

FOUND = {"file": pl.String, "found": pl.String}
"""Columns of a finding about a manifest, or a folder that should have one."""

BATCHES = "SELECT batch_id, sha256 FROM batch_files WHERE path = ?"
"""The hash of the manifest of every export."""


UNKNOWN = "is of no run and no export that the books know"


def broken_anchors(connection: duckdb.DuckDBPyConnection, out_dir: Path, shown: Sequence[Path] = ()) -> pl.DataFrame:
    """Return the manifests that were not made from these books, with the columns FOUND.

    They are those of all folders in `out_dir`, and the files `shown`, which were kept elsewhere and must be equal to
    what the books remember. A folder that is of no run and no export is a finding too.

    Raises:
        TerminalError: one of `shown` is no manifest.
    """
    books = _Books(connection)
    found: list[tuple[str, str]] = []
    for folder in sorted(path for path in out_dir.glob("[!.]*") if path.is_dir()):
        path = folder / MANIFEST_FILE
        name = f"{out_dir.name}/{folder.name}"
        # That a folder the books know has no manifest, or a changed one, is told by the checks of its files.
        if folder.name not in books.folders:
            found.append((name, UNKNOWN))
        elif path.is_file():
            found += [(f"{name}/{MANIFEST_FILE}", fault) for fault in books.faults(_read(path))]
    for path in shown:
        found += [(str(path), fault) for fault in books.faults_of_copy(path)]
    return pl.DataFrame(found, schema=FOUND, orient="row")


class _Books:
    """What the books hold for manifests to be compared with."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._seals: dict[str, str] = dict(connection.execute("SELECT run_id, hash FROM seals").fetchall())
        decisions = connection.execute("SELECT decision_seq, hash FROM decisions").fetchall()
        self._decisions: dict[int, str] = {0: FIRST_HASH, **dict(decisions)}
        self._runs = {run_id for (run_id,) in connection.execute("SELECT run_id FROM runs").fetchall()}
        runs, batches = (lost_names(connection, what) for what in ("run", "batch"))
        self._replaced = runs | batches
        self._published = published_manifests(connection)
        self._exported: dict[str, str] = dict(connection.execute(BATCHES, [MANIFEST_FILE]).fetchall())
        self.folders = self._runs | runs | {f"{PREFIX}{batch_id}" for batch_id in self._exported.keys() | batches}

    def faults(self, manifest: Mapping[str, Any]) -> Iterator[str]:
        """Yield how the books differ from those that the manifest was made from."""
        seal = manifest.get("seal")
        if manifest.get("run_id", manifest.get("batch_id")) in self._replaced:
            return  # of books that a restore replaced, which the appendix names
        if "run_id" in manifest:
            if manifest["run_id"] not in self._runs:
                yield "is of a run that the books do not know"
            elif seal != self._seals.get(manifest["run_id"]):
                yield "names another seal than the books have for this run"
        elif "batch_id" in manifest:
            if manifest["batch_id"] not in self._exported:
                yield "is of an export that the books do not know"
            # One made before manifests of exports named what follows has neither.
            if seal is not None and seal not in self._seals.values():
                yield "names a seal that the books do not have"
            if "decisions" in manifest and self._decisions.get(manifest["decisions"]) != manifest["decisions_hash"]:
                yield f"names another decision {manifest['decisions']} than the books have"

    def faults_of_copy(self, path: Path) -> Iterator[str]:
        """Yield how the books differ from a manifest that was kept elsewhere."""
        manifest = _read(path)
        if not {"run_id", "batch_id"} & manifest.keys():
            todo = "name the manifest.json of a run or an export"
            raise TerminalError(Problem("this is no manifest of Rebatch", todo, at=Place(str(path))))
        yield from self.faults(manifest)
        known = self._published.get(manifest.get("run_id", "")) or self._exported.get(manifest.get("batch_id", ""))
        if known not in {None, sha256_of_file(path)}:
            yield "is not the one that the books remember"


def _read(path: Path) -> dict[str, Any]:
    """Return the manifest in a file; empty if it holds none."""
    try:
        return read_manifest(path)
    except OSError as error:
        found = f"the manifest cannot be read ({error.strerror})"
        raise TerminalError(Problem(found, "name a manifest.json that is there", at=Place(str(path)))) from error
