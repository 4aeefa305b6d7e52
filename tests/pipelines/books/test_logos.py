"""The logo of the pages is kept and sealed with the run that found it."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.replay import replay
from pipelines.audit.verify import holds, verify
from pipelines.books.runs import Run
from pipelines.books.seals import write_seal
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.configuration import books_of, create_workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace
    from tests.conftest import BuiltOnce

OLD, NEW = (f"<svg xmlns='http://www.w3.org/2000/svg'><circle r='{size}'/></svg>" for size in (1, 2))
FIRST, SECOND = date(2026, 11, 22), date(2026, 11, 23)
CHANGED = "the logo that the run found was changed"


def logos(workspace: Workspace) -> list[str]:
    """What stands in the `src` of the only picture of a page of each run, from the first run on."""
    folders = sorted(workspace.out_dir.iterdir())
    pages = [next(folder.glob("statements/*.html")).read_text("utf-8") for folder in folders]
    return [page.partition('<img class="logo" src="')[2].partition('"')[0].replace("&#43;", "+") for page in pages]


def kept(workspace: Workspace) -> list[str]:
    with connect(workspace, read_only=True) as connection:
        rows = "SELECT picture FROM logos JOIN runs ON sha256 = logo_sha256 ORDER BY run_seq"
        return [picture for (picture,) in connection.execute(rows).fetchall()]


def broken_seals(workspace: Workspace) -> list[tuple[str, str]]:
    found = [table.frame.rows() for table in verify(workspace) if table.name == "every_seal_is_whole"]
    return [row for rows in found for row in rows]


@pytest.fixture(scope="module")
def built(built_once: BuiltOnce) -> Workspace:
    """Books of two runs, between which the logo was changed."""

    def build(root: Path) -> None:
        workspace = create_workspace(root)
        with (root / "rebatch.yaml").open("a", encoding="utf-8") as config:
            config.write("brand: {name: Sample, logo: logo.svg}\n")
        workspace = open_workspace(root)
        (root / "logo.svg").write_text(OLD, encoding="utf-8")
        run_all(workspace, Run(FIRST))
        (root / "logo.svg").write_text(NEW, encoding="utf-8")
        run_all(workspace, Run(FIRST))
        run_all(workspace, Run(SECOND))

    return open_workspace(built_once("logos", build))


@pytest.fixture
def copied(built: Workspace, tmp_path: Path) -> Workspace:
    return open_workspace(shutil.copytree(built.root, tmp_path / "copy"))


def test_pages_show_the_logo_that_their_run_found_and_a_replay_shows_the_same(built: Workspace, tmp_path: Path) -> None:
    first, second = logos(built)
    assert [first, second] == kept(built)
    assert (first.startswith("data:image/svg+xml;base64,"), first == second) == (True, False)
    # The warehouse alone, as after a restore: neither logo is there as a file.
    shutil.copy(built.warehouse_path, tmp_path)
    tables = replay(books_of(tmp_path), str(FIRST), to=tmp_path / "again")
    folder = min(built.out_dir.iterdir())
    assert {row["what"] for row in tables[-1].rows()} == {f"out/{folder.name}"}  # which is not beside the warehouse
    for page in folder.glob("statements/*.html"):
        assert (tmp_path / "again" / "statements" / page.name).read_bytes() == page.read_bytes()


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE logos SET picture = (SELECT MAX(picture) FROM logos)",
        "UPDATE runs SET logo_sha256 = NULL WHERE run_seq = 1",
        "DELETE FROM logos WHERE sha256 = (SELECT logo_sha256 FROM runs WHERE run_seq = 1)",
    ],
)
def test_a_logo_that_was_changed_in_the_books_is_noticed(copied: Workspace, forged: str) -> None:
    with connect(copied) as connection:
        # The pictures are ordered by chance of their hashes: whichever run is forged must be told, and no other.
        before = connection.execute("SELECT run_id, picture FROM runs JOIN logos ON sha256 = logo_sha256").fetchall()
        connection.execute(forged)
        after = connection.execute("SELECT run_id, picture FROM runs JOIN logos ON sha256 = logo_sha256").fetchall()
    [(run_id, _)] = set(before) - set(after)
    assert broken_seals(copied) == [(run_id, CHANGED)]


def test_a_logo_that_cannot_be_shown_is_told_and_stops_nothing(copied: Workspace) -> None:
    (copied.root / "logo.svg").unlink()
    results = {result.stage: result for result in run_all(copied, Run(date(2026, 11, 24)))}
    assert "logo.svg: the logo cannot be read" in str(results["aggregate"].counts["warned"])
    assert logos(copied)[2] == ""
    assert len(kept(copied)) == 2


@pytest.mark.long
def test_the_next_run_seals_what_the_method_before_did_not(copied: Workspace) -> None:
    with connect(copied) as connection, transaction(connection):
        last = connection.execute("SELECT run_id FROM runs ORDER BY run_seq DESC LIMIT 1").fetchall()[0][0]
        connection.execute("DELETE FROM seals WHERE run_id = ?", [last])
        write_seal(connection, last, 3)
        # The manifest names the seal of the newest method.
        connection.execute("DELETE FROM publications WHERE run_id = ?", [last])
        connection.execute("UPDATE runs SET state = 'posted', finished_at = NULL WHERE run_id = ?", [last])
    shutil.rmtree(copied.out_dir / last)
    assert holds(verify(copied))
    run_all(copied, Run(date(2026, 11, 24)))
    assert holds(verify(copied))
    with connect(copied) as connection:
        connection.execute("UPDATE runs SET logo_sha256 = NULL WHERE run_id = ?", [last])
    assert [words for _, words in broken_seals(copied)] == [CHANGED]
