"""Rekey: rows in force get the keys that the configuration asks for, whatever became of their files."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipelines.erp.load_answers import load_answers
from pipelines.intake.rekey import propose, rekey
from pipelines.intake.row_hashes import changed_rows
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from schemas.errors import BooksError

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

pytestmark = pytest.mark.sampled(3, of="module")

PLAIN = "tx*.csv, format: csv"
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency,slip"
IN_FORCE = """
    SELECT transaction_id, source, CAST(amount AS INTEGER), path, line
    FROM transactions JOIN loads USING (load_seq, source)
    WHERE superseded_seq IS NULL ORDER BY ALL
"""


def row(name: str, amount: int = 100, *, received: str = "2026-01-06", slip: str = "") -> str:
    return f"{name},M-1,P-1,2026-01-05,{received},sale,1,piece,{amount},USD,{slip or name}"


def sell(house: House, *rows: str, name: str = "tx.csv", header: str = HEADER) -> None:
    house.sales(*rows, name=name, header=header)


def remove(house: House, name: str = "tx.csv") -> None:
    (house.root / "extracts" / name).unlink()


def give(house: House, *, new: tuple[str, ...] = ()) -> dict[str, object]:
    """Rekey, and return what was shown of transactions."""
    workspace = open_workspace(house.root)
    plan = propose(workspace, new)
    rekey(workspace, plan, new=new, person="ann", reason="renamed")
    shown = next((table.frame for table in plan.tables if table.name == "rekey"), None)
    return {} if shown is None else shown.filter(data_set="transactions").row(0, named=True)


def holds(house: House) -> bool:
    with connect(open_workspace(house.root), read_only=True) as connection:
        return changed_rows(connection).is_empty()


def in_force(house: House) -> list[tuple[object, ...]]:
    return house.ask(IN_FORCE)


@pytest.mark.parametrize("is_gone", [False, True], ids=["still there", "gone"])
def test_a_renamed_source_keeps_its_rows_once(house: House, *, is_gone: bool) -> None:
    sell(house, row("A"), row("B", 50))
    house.load()
    if is_gone:
        remove(house)
    house.configure(transactions=f"{PLAIN}, source: erp")
    shown = give(house)
    assert (shown["rows"], shown["other_key"], shown["merged"], shown["split"]) == (2, 2, 0, 0)
    assert (shown["amount_before"], shown["amount_after"]) == (150, 150)
    kept = [("A", "erp", 100, "extracts/tx.csv", 2), ("B", "erp", 50, "extracts/tx.csv", 3)]
    assert in_force(house) == kept
    sell(house, row("A"), row("B", 60, received="2026-02-01"), row("C"), name="tx-all.csv")
    counts = house.load()
    assert (counts["loaded"], counts["duplicate"], counts["files"]) == (2, 1, 1)
    assert [(name, amount) for name, _, amount, *_ in in_force(house)] == [("A", 100), ("B", 60), ("C", 100)]
    assert holds(house)
    assert propose(open_workspace(house.root)).is_empty


@pytest.mark.parametrize("is_gone", [False, True], ids=["still there", "gone"])
def test_a_row_keeps_its_id_under_another_key_and_its_file_is_known(house: House, *, is_gone: bool) -> None:
    sell(house, row("A", slip="S-1"), row("B", 50, slip="S-2"))
    house.load()
    if is_gone:
        remove(house)
    house.configure(transactions=f"{PLAIN}, key: [slip]")
    assert give(house)["other_key"] == 2
    assert [name for name, *_ in in_force(house)] == ["A", "B"]
    if not is_gone:
        assert house.load()["files"] == 0
    sell(house, row("A", slip="S-1"), row("B", 70, slip="S-2", received="2026-02-01"), name="tx-all.csv")
    assert "gone" not in house.load()
    assert [(name, amount) for name, _, amount, *_ in in_force(house)] == [("A", 100), ("B", 70)]
    assert holds(house)


def test_an_id_that_was_made_of_the_key_is_made_of_the_new_one(house: House) -> None:
    header = HEADER.replace("transaction_id", "number")
    house.configure(transactions=f"{PLAIN}, key: [member_id, number]")
    sell(house, row("A"), header=header)
    house.load()
    house.configure(transactions=f"{PLAIN}, key: [slip]")
    give(house)
    assert [name for name, *_ in in_force(house)] == ["A"]
    assert house.load()["files"] == 0
    house.configure()
    with pytest.raises(BooksError, match="would have no id"):
        propose(open_workspace(house.root))


@pytest.mark.parametrize("is_gone", [False, True], ids=["still there", "gone"])
def test_ids_follow_where_they_are_normalised_later(house: House, *, is_gone: bool) -> None:
    sale, back = row("A-1"), row("B-1", -50).replace("sale,1", "return,-1")
    sell(house, f"{sale},", f"{back},A-1", header=f"{HEADER},original_id")
    house.load()
    if is_gone:
        remove(house)
        again = back.replace("B-1", "B1")
        sell(house, f"{row('a 1')},", f"{again},A1", f"{row('C1')},", name="tx-all.csv", header=f"{HEADER},original_id")
    house.configure(more="ids: {punctuation: strip, case: upper}")
    assert give(house)["other_key"] == 2
    assert [name for name, *_ in in_force(house)] == ["A1", "B1"]
    originals = "SELECT original_id FROM transactions WHERE superseded_seq IS NULL AND original_id IS NOT NULL"
    assert house.ask(originals) == [("A1",)]
    assert house.ask("SELECT member_id FROM members WHERE superseded_seq IS NULL ORDER BY 1") == [("M1",), ("M2",)]
    house.load()
    assert [name for name, *_ in in_force(house)] == ["A1", "B1", *(["C1"] if is_gone else [])]
    assert holds(house)
    house.configure()
    with pytest.raises(BooksError, match="is no longer known"):
        propose(open_workspace(house.root))


def test_rows_that_say_the_same_merge_and_others_are_refused_by_name(house: House) -> None:
    sell(house, row("A-1", slip="x"), row("A1", slip="x"), row("B"))
    house.load()
    house.configure(more="ids: {punctuation: strip}")
    shown = give(house)
    assert (shown["rows"], shown["merged"], shown["amount_before"], shown["amount_after"]) == (3, 1, 300, 200)
    assert [name for name, *_ in in_force(house)] == ["A1", "B"]
    house.configure(transactions=f"{PLAIN}, key: [member_id]", more="ids: {punctuation: strip}")
    with pytest.raises(BooksError, match=r"main\|M1: extracts/tx\.csv:2, extracts/tx\.csv:4 → .*repeated_keys"):
        propose(open_workspace(house.root))
    house.configure(transactions=f"{PLAIN}, key: [member_id], repeated_keys: last", more="ids: {punctuation: strip}")
    assert give(house)["merged"] == 1
    assert [name for name, *_ in in_force(house)] == ["B"]
    assert holds(house)


def test_what_an_earlier_key_took_for_a_correction_comes_back(house: House) -> None:
    house.configure(transactions=f"{PLAIN}, key: [slip], repeated_keys: last")
    sell(house, row("A", 10, slip="S"), row("B", 20, slip="S"))
    house.load()
    sell(house, row("B", 25, slip="S", received="2026-02-01"), name="tx-2.csv")
    house.load()
    assert [(name, amount) for name, _, amount, *_ in in_force(house)] == [("B", 25)]
    house.configure(transactions=f"{PLAIN}, key: [slip, transaction_id], repeated_keys: last")
    with pytest.raises(BooksError, match="received after the day of the last run"):
        propose(open_workspace(house.root))
    with connect(open_workspace(house.root)) as connection:  # as a run would leave it
        connection.execute(RUN)
    shown = give(house)
    assert (shown["split"], shown["amount_before"], shown["amount_after"]) == (1, 25, 35)
    assert [(name, amount) for name, _, amount, *_ in in_force(house)] == [("A", 10), ("B", 25)]
    assert house.load()["files"] == 0
    assert holds(house)


def test_rows_merge_with_those_that_have_the_key_already(house: House) -> None:
    """A source of two entries, one of which is to have the key of the other from now on."""
    pos = "  - {data_set: transactions, path: extracts/pos*.csv, format: csv}"
    house.configure(transactions=f"{PLAIN}, key: [slip]", sources=pos)
    sell(house, row("A", slip="S"))
    sell(house, row("A", slip="S"), row("B"), name="pos.csv")
    house.load()
    house.configure(sources=pos)
    shown = give(house)
    assert (shown["rows"], shown["merged"], shown["amount_before"], shown["amount_after"]) == (1, 1, 200, 100)
    assert [(name, path) for name, _, _, path, _ in in_force(house)] == [
        ("A", "extracts/tx.csv"),
        ("B", "extracts/pos.csv"),
    ]
    assert house.load()["files"] == 0
    assert holds(house)


def test_which_of_several_sources_was_renamed_is_not_guessed(house: House) -> None:
    pos = "  - {{data_set: transactions, source: {}, path: extracts/pos*.csv, format: csv}}"
    house.configure(sources=pos.format("pos"))
    sell(house, row("A"))
    sell(house, row("B"), name="pos.csv")
    house.load()
    house.configure(transactions=f"{PLAIN}, source: erp", sources=pos.format("shop"))
    with pytest.raises(BooksError, match="whether 'main' of transactions is 'erp' now cannot be told"):
        propose(open_workspace(house.root))
    house.configure(transactions=f"{PLAIN}, source: erp", sources=pos.format("pos"))
    give(house)
    house.configure(transactions=f"{PLAIN}, source: erp", sources=pos.format("shop"))
    give(house)
    assert [(name, source) for name, source, *_ in in_force(house)] == [("A", "erp"), ("B", "shop")]
    house.configure()
    with pytest.raises(BooksError, match="cannot be told"):
        propose(open_workspace(house.root))


def test_splits_that_cannot_be_told_are_refused(house: House) -> None:
    house.configure(transactions=f"{PLAIN}, key: [slip], repeated_keys: last")
    sell(house, row("A", 10, slip="S"), row("B", 20, slip="S"))
    house.load()
    house.configure(transactions=f"{PLAIN}, key: [slip], repeated_keys: last, source: erp")
    give(house)
    house.configure(transactions=f"{PLAIN}, key: [slip, transaction_id], repeated_keys: last, source: erp")
    with pytest.raises(BooksError, match="1 rows of transactions would split off"):
        propose(open_workspace(house.root))


def test_a_snapshot_splits_nothing_off(house: House) -> None:
    house.configure(transactions=f"{PLAIN}, key: [slip], repeated_keys: last, delivery: snapshot")
    sell(house, row("A", 10, slip="S"), row("B", 20, slip="S"))
    house.load()
    house.configure(transactions=f"{PLAIN}, delivery: snapshot")
    with pytest.raises(BooksError, match="1 rows of transactions would split off"):
        propose(open_workspace(house.root))


def test_ids_that_others_refer_to_are_not_made_of_other_columns(house: House) -> None:
    house.put("products.csv", "range,number,name\nP,1,Pads\n")
    sell(house)
    entry = "products*.csv, format: csv"
    for key, is_kept in (("[range, number]", True), ("[number]", False)):
        house.configure()
        config = house.root / "rebatch.yaml"
        config.write_text(config.read_text(encoding="utf-8").replace(entry, f"{entry}, key: {key}"), encoding="utf-8")
        if is_kept:
            house.load()
    with pytest.raises(BooksError, match="1 ids of products, which other rows refer to"):
        propose(open_workspace(house.root))


def test_answers_of_the_erp_are_taken_once(house: House) -> None:
    payments = "  - {{data_set: payments, source: {}, path: answers*.csv, format: csv}}"
    answers = house.put(
        "../answers.csv", "payout_id,status,paid_on,amount,currency,reference\nX,paid,2026-01-06,1,USD,R\n"
    )
    house.configure(sources=payments.format("erp"))
    with connect(open_workspace(house.root)) as connection:
        load_answers(connection, open_workspace(house.root), answers)
    house.configure(sources=payments.format("bank"))
    with connect(open_workspace(house.root)) as connection:
        answers.write_text(answers.read_text(encoding="utf-8") + "Y,paid,2026-01-06,1,USD,R\n", encoding="utf-8")
        with pytest.raises(BooksError, match="payments from 'erp' was changed: `source:` erp → bank"):
            load_answers(connection, open_workspace(house.root), answers)
    with pytest.raises(BooksError, match="answers of the ERP were taken once, as those of 'erp'"):
        propose(open_workspace(house.root))


def test_no_row_is_left_without_an_id(house: House) -> None:
    house.put("products.csv", "product_id,name\nP-1,Pads\n😀,Other\n")
    sell(house, row("A"))
    house.load()
    house.configure(more="ids: {punctuation: strip}")
    with pytest.raises(BooksError, match="1 rows of products would have no id"):
        propose(open_workspace(house.root))


RUN = """
    INSERT INTO runs (run_seq, run_id, fingerprint, as_of, load_seq, decision_seq, payout_period, product_version,
        config_text, rule_versions, state, started_at)
    VALUES (1, 'r', 'f', DATE '2026-03-01', 4, 0, '2026-03', '1', '', [], 'posted', TIMESTAMP '2026-03-01 00:00:00')
"""


def test_a_source_that_is_another_one_is_said_to_be(house: House) -> None:
    sell(house, row("A"))
    house.load()
    house.configure(transactions="pos*.csv, format: csv, source: pos")
    sell(house, row("B"), name="pos.csv")
    with pytest.raises(BooksError, match="`rebatch rekey --new pos`"):
        house.load()
    give(house, new=("pos",))
    house.load()
    assert [(name, source) for name, source, *_ in in_force(house)] == [("A", "main"), ("B", "pos")]


def test_what_is_kept_must_say_enough(house: House) -> None:
    sell(house, row("A"))
    house.load()
    house.configure(transactions=f"{PLAIN}, key: [invoice]")
    with pytest.raises(BooksError, match="are kept have no 'invoice'"):
        propose(open_workspace(house.root))
    house.configure(transactions=f"{PLAIN}, key: [slip], columns: {{slip: unit, unit: slip}}")
    with pytest.raises(BooksError, match="read in another way as well"):
        propose(open_workspace(house.root))


KILLED = """
import os, sys
from pathlib import Path
from pipelines.intake import rekey
from pipelines.workspace.configuration import open_workspace
rekey.record = lambda *arguments: os._exit(9)
workspace = open_workspace(Path(sys.argv[1]))
rekey.rekey(workspace, rekey.propose(workspace), person="ann", reason="")
"""


def test_killed_before_the_end_nothing_was_done(house: House) -> None:
    sell(house, row("A"))
    house.load()
    house.configure(transactions=f"{PLAIN}, source: erp")
    killed = subprocess.run([sys.executable, "-c", KILLED, house.root], check=False, timeout=60)
    assert killed.returncode == 9
    assert [source for _, source, *_ in in_force(house)] == ["main"]
    give(house)
    assert [source for _, source, *_ in in_force(house)] == ["erp"]
    assert house.ask("SELECT kind, status, note FROM decisions") == [
        ("rekey", "rekeyed", "transactions main: `source:` main → erp")
    ]
