"""An older backup is put back: what it does not know is named, kept, and not paid again unseen."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.verify import holds, verify
from pipelines.books.appendix import clear, held_payments, read_appendix
from pipelines.books.backup import backup, lost_table, restore
from pipelines.erp.export import Asked, export, plan_export
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import books_of
from schemas.errors import BooksError
from tests.pipelines.history import CONFIG, PROGRAM, History

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.sampled(2, of="module")

ASKED = Asked("eve", date(2026, 7, 20))


@pytest.fixture
def put_back(past_books: History, built_once: Callable[..., Path], tmp_path: Path) -> History:
    """A history that was backed up, exported, run once more, and put back to where it stood before the export."""

    def build(root: Path) -> None:
        books = History(shutil.copytree(past_books.root, root, dirs_exist_ok=True, symlinks=True))
        backup(books.workspace, root / "before.tar")
        export(books.workspace, ASKED, plan_export(books.workspace, ASKED))
        books.run("2026-07-21")
        restore(books.workspace, root / "before.tar", person="ann", overwrite=True)

    return History(shutil.copytree(built_once("put-back", build), tmp_path / "put-back", symlinks=True))


def appendix(history: History) -> dict[str, int]:
    with connect(history.workspace, read_only=True) as connection:
        return dict(read_appendix(connection)["what"].value_counts().rows())


def test_what_the_backup_does_not_know_is_kept(put_back: History) -> None:
    kept = appendix(put_back)
    assert kept.keys() == {"run", "decision", "batch", "payment"}
    assert (kept["run"], kept["batch"]) == (1, 1)
    assert kept["decision"] > kept["payment"] > 0
    assert holds(verify(put_back.workspace))  # its folders in out/ are of the books that were replaced


def test_what_was_sent_is_held_back_until_somebody_has_cleared_the_batch(put_back: History) -> None:
    put_back.run("2026-07-21")
    shutil.rmtree(next((put_back.root / "out").glob("export-*")))  # the ERP has taken it
    plan = plan_export(put_back.workspace, ASKED)
    with connect(put_back.workspace, read_only=True) as connection:
        held = held_payments(connection)
    assert plan.batch is None
    assert set(plan.set_aside["payee_id"]) == set(held["payee_id"])
    [batch_id] = held["batch_id"].unique()
    assert all(f"the batch {batch_id} of before the restore paid" in found for found in plan.set_aside["found"])
    with connect(put_back.workspace) as connection:
        clear(connection, batch_id, person="carol", reason="the bank never got it")
        with pytest.raises(BooksError, match="holds anything back"):
            clear(connection, batch_id, person="carol", reason="for another reason")
        clear(connection, batch_id, person="carol", reason="the bank never got it")
        assert connection.execute("SELECT COUNT(*) FROM decisions WHERE kind = 'clear_batch'").fetchall() == [(1,)]
    plan = plan_export(put_back.workspace, ASKED)
    assert plan.batch is not None
    assert set(plan.batch.payouts["payee_id"]) == set(held["payee_id"])
    assert holds(verify(put_back.workspace))


@pytest.mark.parametrize("payee", ["", "Z"])
def test_what_was_sent_is_held_back_in_whatever_month_it_is_settled_again(tmp_path: Path, payee: str) -> None:
    history = History(tmp_path)
    history.write("rebatch.yaml", CONFIG)
    history.write("extracts/members.csv", "member_id,name,payee_id\nA,Alpha,\nZ,Zeta,\n")
    history.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\n")
    history.write("rules/deal.yaml", PROGRAM.format(rate="1%"))
    history.sell("1", "1,A,P,2026-01-10,2026-01-11,sale,1,each,1000,USD")
    history.run("2026-03-31")
    backup(history.workspace, tmp_path / "before.tar")
    history.run("2026-04-30")  # settles the quarter, and approves 10.00 by itself
    asked = Asked("eve", date(2026, 5, 1))
    export(history.workspace, asked, plan_export(history.workspace, asked))
    restore(history.workspace, tmp_path / "before.tar", person="ann", overwrite=True)
    history.write("extracts/members.csv", f"member_id,name,payee_id\nA,Alpha,{payee}\nZ,Zeta,\n")
    history.run("2026-05-31")  # settles it in May, for whoever is the payee now
    plan = plan_export(history.workspace, Asked("eve", date(2026, 6, 1)))
    assert plan.batch is None
    assert plan.set_aside.select("payee_id", "amount").rows() == [(payee or "A", Decimal(10))]
    assert "of before the restore paid 10.00 as 2026-04-USD-" in plan.set_aside["found"][0]


def test_a_batch_that_leaves_again_after_a_restore_is_another_batch(put_back: History) -> None:
    with connect(put_back.workspace) as connection:
        [lost] = held_payments(connection)["batch_id"].unique()
        clear(connection, lost, person="carol", reason="the bank never got it")
    [row] = export(put_back.workspace, ASKED, plan_export(put_back.workspace, ASKED))[0].frame.iter_rows(named=True)
    assert row["batch_id"] != lost  # though payouts, attempts, amounts and the day are the same
    again = export(put_back.workspace, ASKED, plan_export(put_back.workspace, ASKED))[0].frame
    assert again.select("batch_id", "state").rows() == [(row["batch_id"], "exported before")]
    assert holds(verify(put_back.workspace))  # the folder of the lost batch lies beside that of the new one


def test_an_older_copy_put_there_by_hand_exports_nothing(past_books: History, tmp_path: Path) -> None:
    history = past_books.copy(tmp_path / "by-hand")
    kept = history.workspace.warehouse_path.read_bytes()
    export(history.workspace, ASKED, plan_export(history.workspace, ASKED))
    later = history.run("2026-07-21")
    shutil.rmtree(next((history.root / "out").glob("export-*")))  # the ERP has taken it
    history.workspace.warehouse_path.write_bytes(kept)
    with pytest.raises(BooksError, match=f"out/{later}: this run is not in the books") as refused:
        plan_export(history.workspace, ASKED)
    assert "move it away only if nothing was exported since that run" in str(refused.value)
    shutil.move(history.root / "out" / later, tmp_path / later)
    assert plan_export(history.workspace, ASKED).batch is not None


def test_the_appendix_survives_the_next_restore_and_cannot_be_changed(put_back: History) -> None:
    before = appendix(put_back)
    restore(put_back.workspace, put_back.root / "before.tar", person="ann", overwrite=True)
    after = appendix(put_back)
    assert after == before | {"decision": before["decision"] + 1}  # the restore of before
    put_back.change("DELETE FROM appendix WHERE what = 'payment'")
    assert {table.name for table in verify(put_back.workspace)[1:]} == {"what_restores_replaced_is_kept"}


def test_a_restore_of_all_there_is_leaves_no_appendix(past_books: History, tmp_path: Path) -> None:
    history = past_books.copy(tmp_path / "same")
    backup(history.workspace, tmp_path / "now.tar")
    _, lost = restore(history.workspace, tmp_path / "now.tar", person="ann", overwrite=True)
    assert lost_table(lost) == []
    assert appendix(history) == {}
    assert holds(verify(history.workspace))


def test_that_a_damaged_warehouse_could_not_be_read_is_told(past_books: History, tmp_path: Path) -> None:
    history = past_books.copy(tmp_path / "damaged")
    backup(history.workspace, tmp_path / "now.tar")
    history.workspace.warehouse_path.write_bytes(b"x" * 50_000)
    _, lost = restore(history.workspace, tmp_path / "now.tar", person="ann", overwrite=True)
    [table] = lost_table(lost)
    assert "cannot be read" in table.frame["found"][0]
    assert holds(verify(history.workspace))


@pytest.mark.parametrize("left", ["out", "published", "warehouse.duckdb.replaced", "warehouse.duckdb.wal", "backups"])
def test_a_warehouse_that_is_gone_is_not_a_new_one(past_books: History, tmp_path: Path, left: str) -> None:
    history = past_books.copy(tmp_path / "gone")
    kept = history.root / "backups" / "nightly-2026-07-10.tar"
    if left == "backups":
        kept.parent.mkdir()
        backup(history.workspace, kept)
    (history.root / "warehouse.duckdb").rename(history.root / "warehouse.duckdb.replaced")
    for name in ("out", "published", "warehouse.duckdb.replaced"):
        path = history.root / name
        if name != left:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if left == "warehouse.duckdb.wal":
        (history.root / left).write_bytes(b"x")
    todo = "rebatch restore " + ("backups/nightly-2026-07-10.tar" if left == "backups" else "FILE")
    for command in (lambda: history.run("2026-07-15"), lambda: verify(history.workspace)):
        with pytest.raises(BooksError, match=f"the warehouse is gone.*{todo}"):
            command()
    if left == "backups":
        restore(books_of(history.root), kept, person="ann")
        history.run("2026-07-15")


def test_a_folder_in_which_nothing_ever_ran_is_new(past_books: History, tmp_path: Path) -> None:
    history = past_books.copy(tmp_path / "new")
    for path in (history.root / "out", history.root / "published"):
        shutil.rmtree(path)
    history.workspace.warehouse_path.unlink()
    assert history.run("2026-07-15")
