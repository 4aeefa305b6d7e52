"""Missing rows: a file that is everything ends what it does not have; of others it is told how many are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas.errors import ExtractError

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

pytestmark = pytest.mark.sampled(2, of="module")

HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency,net"
SNAPSHOT = "tx*.csv, format: csv, delivery: snapshot, max_withdrawn: 50%"
IN_FORCE = "SELECT transaction_id FROM transactions WHERE superseded_seq IS NULL ORDER BY 1"


def load(house: House, *numbers: int, name: str = "tx.csv", **cells: str) -> dict[str, int | str]:
    sale = "{},M-1,P-1,2026-01-05,2026-01-06,sale,1,piece,{},USD,{}"
    rows = [sale.format(cells.get(f"T{n}", f"T-{n}"), cells.get("amount", n), n * 10) for n in numbers]
    house.sales(*rows, name=name, header=HEADER)
    counts = house.load()
    return {part: counts[part] for part in ("missing", "withdrawn") if part in counts}


def in_force(house: House) -> list[int]:
    return [int(name.removeprefix("T-")) for (name,) in house.ask(IN_FORCE)]


def test_a_file_that_only_adds_tells_how_many_rows_of_the_last_it_does_not_have(house: House) -> None:
    load(house, 1, 2, 3)
    assert load(house, 1, 3, 4) == {"missing": 1}
    assert in_force(house) == [1, 2, 3, 4]
    assert load(house, 1, 3, 4, 5) == {}, "what was missing before is not told again"
    assert load(house, 1, 4, 5) == {"missing": 1}


def test_a_file_of_new_rows_misses_none(house: House) -> None:
    load(house, 1, 2)
    assert load(house, 3) == {}
    assert load(house, 4, 5) == {}


def test_rows_that_a_snapshot_does_not_have_end_with_it(house: House) -> None:
    house.configure(transactions=SNAPSHOT)
    load(house, 1, 2, 3)
    assert load(house, 1, 3) == {"withdrawn": 1}
    assert in_force(house) == [1, 3]
    listed = house.root / "rejects/transactions/tx.withdrawn.csv"
    assert listed.read_text(encoding="utf-8").splitlines()[1].startswith("extracts/tx.csv,3,T-2,M-1,")
    query = "SELECT transaction_id, load_seq, superseded_seq, superseded_on FROM transactions WHERE superseded_seq > 0"
    assert house.ask(query) == [("T-2", 3, 4, None)]
    assert house.ask("SELECT rows_withdrawn, rows_missing FROM loads WHERE load_seq = 4") == [(1, 0)]
    assert load(house, 1, 2, 3) == {}
    assert in_force(house) == [1, 2, 3]


def test_a_snapshot_under_another_name_speaks_of_the_whole_source(house: House) -> None:
    house.configure(transactions=SNAPSHOT)
    load(house, 1, 2, 3, name="tx-01.csv")
    assert load(house, 1, 2, 4, name="tx-02.csv") == {"withdrawn": 1}
    assert in_force(house) == [1, 2, 4]


def test_a_source_that_becomes_one_of_snapshots_is_read_again(house: House) -> None:
    load(house, 1, 2, 3)
    load(house, 1, 3)
    house.configure(transactions=SNAPSHOT)
    counts = house.load()
    assert (counts["read again"], counts["withdrawn"]) == (1, 1)
    assert in_force(house) == [1, 3]


def test_another_source_or_entry_is_left_alone(house: House) -> None:
    more = "  - {data_set: transactions, path: extracts/by-hand.csv, format: csv}\n"
    more += "  - {data_set: transactions, source: pos, path: extracts/pos.csv, format: csv}"
    house.configure(transactions=SNAPSHOT, sources=more)
    sale = "T-{},M-1,P-1,2026-01-05,2026-01-06,sale,1,piece,1,USD,1"
    house.sales(sale.format(8), name="by-hand.csv", header=HEADER)
    house.sales(sale.format(9), name="pos.csv", header=HEADER)
    load(house, 1, 2)
    assert load(house, 1) == {"withdrawn": 1}
    assert in_force(house) == [1, 8, 9]


def test_a_snapshot_that_lost_a_large_part_is_refused(house: House) -> None:
    house.configure(transactions="tx*.csv, format: csv, delivery: snapshot", more="max_withdrawn: 20%")
    load(house, *range(1, 11))
    assert load(house, *range(1, 9)) == {"withdrawn": 2}
    with pytest.raises(ExtractError, match=r"2 of 8 rows in force are not in this delivery, such as T-7, T-8: 25\.00%"):
        load(house, *range(1, 7))
    assert in_force(house) == list(range(1, 9))
    house.configure(transactions=SNAPSHOT, more="max_withdrawn: 20%")
    assert house.load()["withdrawn"] == 2


def test_a_single_row_is_never_a_large_part_but_all_rows_are(house: House) -> None:
    house.configure(transactions="tx*.csv, format: csv, delivery: snapshot")
    load(house, 1, 2)
    assert load(house, 1) == {"withdrawn": 1}
    with pytest.raises(ExtractError, match="1 of 1 rows in force"):
        load(house)


def test_a_rejected_row_is_there(house: House) -> None:
    house.configure(transactions=SNAPSHOT)
    load(house, 1, 2)
    assert load(house, 1, 2, amount="x") == {}
    assert in_force(house) == [1, 2]


def test_a_row_whose_key_cannot_be_read_may_be_any(house: House) -> None:
    house.configure(transactions=SNAPSHOT)
    load(house, 1, 2)
    assert load(house, 1, 3, T3=" ") == {"missing": 1}
    assert in_force(house) == [1, 2]


def test_corrected_rejects_are_no_snapshot(house: House) -> None:
    house.configure(transactions=SNAPSHOT)
    load(house, 1, 2)
    text = "rebatch_reject_id," + HEADER + "\nx-2,T-3,M-1,P-1,2026-01-05,2026-01-06,sale,1,piece,3,USD,30\n"
    house.put("tx-corrected.csv", text)
    assert "withdrawn" not in house.load()
    assert in_force(house) == [1, 2, 3]


def test_a_snapshot_with_ids_from_another_column_replaces_what_it_was_read_as(house: House) -> None:
    house.configure(transactions=f"{SNAPSHOT}, columns: {{transaction_id: net}}")
    house.sales(
        "A,M-1,P-1,2026-01-05,2026-01-06,sale,1,piece,1,USD,10", header=HEADER.replace("transaction_id", "slip")
    )
    house.load()
    house.configure(transactions=f"{SNAPSHOT}, columns: {{transaction_id: slip}}")
    assert house.load()["withdrawn"] == 1
    assert house.ask(IN_FORCE) == [("A",)]


def test_what_others_refer_to_does_not_end(house: House) -> None:
    load(house, 1)
    text = (house.root / "rebatch.yaml").read_text(encoding="utf-8")
    snapshot = "members*.csv, format: csv, delivery: snapshot, max_withdrawn: 100%"
    (house.root / "rebatch.yaml").write_text(text.replace("members*.csv, format: csv", snapshot), encoding="utf-8")
    house.put("members.csv", "member_id,name\nM-3,Three\n")
    assert house.load()["withdrawn"] == 1
    members = "SELECT member_id FROM members WHERE superseded_seq IS NULL ORDER BY 1"
    assert house.ask(members) == [("M-1",), ("M-3",)]
