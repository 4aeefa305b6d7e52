"""The templates of visits are kept and sealed with the run that found them."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.verify import holds, verify
from pipelines.books.runs import Run
from pipelines.books.seals import write_seal
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

CHANGED = "UPDATE visit_templates SET text = text || ' ' WHERE run_id = (SELECT MIN(run_id) FROM runs)"


@pytest.fixture
def copied(company: Workspace, tmp_path: Path) -> Workspace:
    return open_workspace(shutil.copytree(company.root, tmp_path / "copy"))


def found(workspace: Workspace) -> list[tuple[str, str]]:
    [table] = [table for table in verify(workspace) if table.name == "every_seal_is_whole"]
    return list(table.frame.iter_rows())


def test_a_template_that_was_changed_in_the_books_is_noticed(copied: Workspace) -> None:
    [run_id] = [path.name for path in copied.out_dir.iterdir()]
    with connect(copied) as connection:
        kept = connection.execute("SELECT run_id, file, text FROM visit_templates").fetchall()
        assert kept == [(run_id, "review.yaml", (copied.visits_dir / "review.yaml").read_text("utf-8"))]
        connection.execute(CHANGED)
    assert found(copied) == [(run_id, "the templates of visits that the run found were changed")]


@pytest.mark.long
def test_the_next_run_seals_what_the_method_before_did_not(copied: Workspace) -> None:
    with connect(copied) as connection, transaction(connection):
        run_id = connection.execute("DELETE FROM seals RETURNING run_id").fetchall()[0][0]
        write_seal(connection, run_id, 2)
        # The manifest names the seal of the newest method.
        connection.execute("DELETE FROM publications")
        connection.execute("UPDATE runs SET state = 'posted', finished_at = NULL")
    shutil.rmtree(copied.out_dir)
    assert holds(verify(copied))
    run_all(copied, Run(date(2026, 8, 2)))
    assert holds(verify(copied))
    with connect(copied) as connection:
        connection.execute(CHANGED)
    assert [words for _, words in found(copied)] == ["the templates of visits that the run found were changed"]
