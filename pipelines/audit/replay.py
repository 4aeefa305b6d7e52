"""Replay: a past run's files made again from the warehouse alone, and compared with what was published."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.past import compute, past
from pipelines.books.publications import published_manifests
from pipelines.books.runs import Run
from pipelines.books.seal_parts import NEWEST
from pipelines.books.seals import seal_of, write_seal
from pipelines.calculation.post import post
from pipelines.calculation.settle import settle
from pipelines.console.tables import Table
from pipelines.publish.publish import publish
from pipelines.warehouse.connection import connect
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.files import sha256_of_file
from pipelines.workspace.folders import draft_folder, publish_folder, write_file
from reports.erp.manifest import MANIFEST_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.audit.past import PastRun
    from pipelines.workspace.configuration import Workspace

FOUND = {"what": pl.String, "found": pl.String}
"""Columns of a difference."""

OTHER_POSTINGS = """
    SELECT DISTINCT seq FROM (
        (SELECT * FROM ledger WHERE run_id = $run_id EXCEPT ALL SELECT * FROM books.ledger WHERE run_id = $run_id)
        UNION ALL
        (SELECT * FROM books.ledger WHERE run_id = $run_id EXCEPT ALL SELECT * FROM ledger WHERE run_id = $run_id)
    )
    ORDER BY seq
"""
"""Postings of the run that differ between the ledger and the replay, in either direction."""


def replay(workspace: Workspace, asked: str, *, to: Path | None = None, is_missing: bool = False) -> list[Table]:
    """Replay a posted run from what the warehouse says it knew, and return the differences.

    Neither extracts, rule files nor configuration on disk are read. The first table is a summary; where a posting, a
    file or a stored hash differs, a second one names it. The files made again are kept in the folder `to`, if given.
    `is_missing`: the published folder is known to be gone, so that it is no difference, and `to` is made only if there
    is none.

    Raises:
        BooksError: there is no such run, this version cannot read its rules, or `to` holds other files.
    """
    with past(workspace, asked, is_done=False) as (then, found):
        compute(then, found)
        run = Run(found.run.as_of)
        # The run's own code path, on the scratch books: a replay that took another would prove nothing.
        for stage in (settle, post):
            stage(then, run)
        is_sealed = _seal_as_then(then, found)
        publish(then, run)
        made = then.out_dir / found.run.run_id
        rows = list(_other_books(then, found, is_sealed=is_sealed))
        if not is_missing:
            rows += _other_files(workspace, found, made)
        if to is not None and not (is_missing and rows):
            _keep(made, to)
        files = sum(path.is_file() for path in made.rglob("*"))
    differences = [*rows, *_other_version(found)] if rows else []
    summary = pl.DataFrame(
        {
            "run_id": [found.run.run_id],
            "as_of": [found.run.as_of],
            "made_by": [found.product_version],
            "replayed_by": [version("rebatch")],
            "postings": [found.ledger_after - found.ledger_before],
            "files": [files],
            "result": ["DIFFERENT" if rows else "equal"],
        }
    )
    shown = pl.DataFrame(differences, schema=FOUND, orient="row")
    return [Table("replay", "Replay", summary), *([Table("differences", "What differs", shown)] if differences else [])]


def is_equal(tables: list[Table]) -> bool:
    """Return whether `replay` found no difference."""
    return len(tables) == 1


def _seal_as_then(then: Workspace, found: PastRun) -> bool:
    """Return whether the run had a seal, and seal it by the method of then.

    A run made before seals existed has none again: its manifest names no seal.
    """
    run_id = found.run.run_id
    with connect(then) as connection:
        known = connection.execute("SELECT method FROM books.seals WHERE run_id = ?", [run_id]).fetchall()
        if known != [(NEWEST,)]:
            with transaction(connection):
                connection.execute("DELETE FROM seals WHERE run_id = ?", [run_id])
                if known:
                    write_seal(connection, run_id, known[0][0])
    return bool(known)


def _other_books(then: Workspace, found: PastRun, *, is_sealed: bool) -> Iterator[tuple[str, str]]:
    """Yield each posting, seal or manifest hash that differs from the books."""
    run_id = found.run.run_id
    with connect(then, read_only=True) as connection:
        others = connection.execute(OTHER_POSTINGS, {"run_id": run_id}).fetchall()
        yield from ((f"posting {seq}", "is not the one in the ledger") for (seq,) in others)
        if is_sealed:
            stored = connection.execute("SELECT hash FROM books.seals WHERE run_id = ?", [run_id]).fetchall()
            if seal_of(connection, run_id) != stored[0][0]:
                yield "seal", "what the run stood on is not what it sealed"
        kept = connection.execute(
            "SELECT manifest_sha256 FROM books.publications WHERE run_id = ?", [run_id]
        ).fetchall()
        if kept and published_manifests(connection)[run_id] != kept[0][0]:
            yield MANIFEST_FILE, "is not the one that the books remember"


def _other_files(workspace: Workspace, found: PastRun, made: Path) -> Iterator[tuple[str, str]]:
    """Yield each file that differs from the published one, or is missing on either side."""
    folder = workspace.out_dir / found.run.run_id
    if not folder.exists():
        if found.is_published:
            yield f"{workspace.out_dir.name}/{folder.name}", "the published folder is missing"
        return
    new, old = (
        {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()} for top in (made, folder)
    )
    yield from ((name, "is missing from what was published") for name in sorted(new - old))
    yield from ((name, "was published, and is not made again") for name in sorted(old - new))
    for name in sorted(new & old):
        if sha256_of_file(made / name) != sha256_of_file(folder / name):
            yield name, "differs from what was published"


def _other_version(found: PastRun) -> Iterator[tuple[str, str]]:
    """Yield a remark if the run was made by another version of Rebatch."""
    this = version("rebatch")
    if found.product_version != this:
        yield "version", f"the run was made by Rebatch {found.product_version}, this is {this}: that may be why"


def _keep(made: Path, to: Path) -> None:
    with draft_folder(to) as draft:
        for path in sorted(path for path in made.rglob("*") if path.is_file()):
            write_file(draft, path.relative_to(made).as_posix(), path.read_bytes())
        publish_folder(draft, to)
