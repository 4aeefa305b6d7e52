"""Evidence of an export: who took part in it and when, and that it took place, cannot be changed unnoticed."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.verify import holds, verify
from pipelines.books import runs
from pipelines.erp.export import Asked, export, plan_export
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import append, read
from rules.ledger.decisions import RECORD
from schemas.errors import BooksError
from tests.pipelines.history import History

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

pytestmark = pytest.mark.sampled(4, of="module")

ASKED = Asked("eve", date(2026, 7, 11))


@pytest.fixture
def sent(past_books: History, built_once: Callable[..., Path], tmp_path: Path) -> History:
    """A history after an export, before the next run."""

    def build(root: Path) -> None:
        books = History(shutil.copytree(past_books.root, root, dirs_exist_ok=True, symlinks=True))
        export(books.workspace, ASKED, plan_export(books.workspace, ASKED))

    return History(shutil.copytree(built_once("sent", build), tmp_path / "sent", symlinks=True))


def found(history: History, *manifests: Path) -> dict[str, list[str]]:
    tables = verify(history.workspace, manifests)[1:]
    return {table.name: table.frame["found"].to_list() if "found" in table.columns else [] for table in tables}


def batch_folder(history: History) -> Path:
    [folder] = (history.root / "out").glob("export-*")
    return folder


def test_the_manifest_carries_the_ends_of_the_chains_out_of_the_books(sent: History) -> None:
    manifest = json.loads((batch_folder(sent) / "manifest.json").read_bytes())
    seals = sent.ask("SELECT hash FROM seals JOIN runs USING (run_id) ORDER BY run_seq DESC LIMIT 1")
    before = sent.ask("SELECT MIN(decision_seq) - 1 AS seq FROM decisions WHERE kind = 'export'").item()
    assert manifest["seal"] == seals.item()
    assert manifest["decisions"] == before > 0
    kept = sent.ask(f"SELECT hash FROM decisions WHERE decision_seq = {before}").item()
    assert manifest["decisions_hash"] == kept
    assert holds(verify(sent.workspace))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE batches SET person = 'mallory'",
        "UPDATE batches SET recorded_at = recorded_at - INTERVAL 1 DAY",
        "UPDATE batches SET published_at = NULL",  # the folder would be written again, after the ERP took it
        "UPDATE batches SET published_at = published_at + INTERVAL 1 HOUR",
        "UPDATE batches SET exported_on = exported_on + 1",
        "UPDATE batches SET payouts = payouts + 1",
    ],
)
def test_what_an_export_says_of_itself_is_what_was_decided(sent: History, statement: str) -> None:
    sent.change(statement)
    assert found(sent).keys() == {"every_export_is_as_it_was_sent"}


def test_books_hold_however_the_second_changes_while_they_are_written(
    past_books: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = count(1)

    class Ticking:
        """A clock that shows the next second whenever one looks at it."""

        @staticmethod
        def now(zone: tzinfo) -> datetime:
            return datetime(2026, 7, 11, tzinfo=zone) + timedelta(seconds=next(seconds))

    monkeypatch.setattr(runs, "datetime", Ticking)
    books = History(shutil.copytree(past_books.root, tmp_path / "ticking", symlinks=True))
    export(books.workspace, ASKED, plan_export(books.workspace, ASKED))
    books.run("2026-07-15")
    assert next(seconds) > 4  # it was looked at
    assert found(books) == {}


def test_the_next_run_seals_the_export(sent: History) -> None:
    sent.run("2026-07-15")
    sent.change("UPDATE batches SET profile = 'other'")
    assert found(sent) == {"every_seal_is_whole": ["what was exported, when, or by whom, was changed"]}


def cut_off(history: History) -> None:
    """Take everything since the last run out of the warehouse, as if nothing had been exported."""
    last = "(SELECT MIN(decision_seq) FROM decisions WHERE kind = 'export')"
    history.change(
        f"DELETE FROM decisions WHERE decision_seq >= {last};"
        "DELETE FROM batches; DELETE FROM batch_payouts; DELETE FROM batch_files"
    )


def test_an_export_cannot_be_cut_off_unnoticed(sent: History) -> None:
    kept = Path(shutil.copy(batch_folder(sent) / "manifest.json", sent.root / "kept.json"))
    cut_off(sent)
    assert found(sent) == {"every_manifest_is_of_these_books": ["is of no run and no export that the books know"]}
    with pytest.raises(BooksError, match="this batch is not in the books"):
        plan_export(sent.workspace, ASKED)
    shutil.rmtree(batch_folder(sent))  # the ERP has taken it
    assert found(sent) == {}
    assert found(sent, kept) == {"every_manifest_is_of_these_books": ["is of an export that the books do not know"]}


def test_decisions_cannot_be_exchanged_below_an_export(sent: History) -> None:
    """The whole record made anew without one decision, so that it holds in itself."""
    with connect(sent.workspace) as connection:
        kept = read(connection, "SELECT * FROM decisions WHERE person <> 'ann' ORDER BY decision_seq")
        connection.execute("DELETE FROM decisions")
        append(connection, "decisions", RECORD.link(kept))
    assert "names another decision" in found(sent)["every_manifest_is_of_these_books"][0]
