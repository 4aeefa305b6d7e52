from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.intake import known_keys, row_versions
from schemas.errors import ExtractError
from tests.pipelines.conftest import HEADER

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

pytestmark = pytest.mark.sampled(2, of="module")

ROW = "{id},M-1,P-1,2026-01-05,{received},sale,1,piece,{amount},USD"
LAST = "tx*.csv, format: csv, repeated_keys: last"
IN_FORCE = "SELECT transaction_id, amount, load_seq FROM transactions WHERE superseded_seq IS NULL ORDER BY 1"
VERSIONS = """SELECT amount, load_seq, superseded_seq, CAST(superseded_on AS VARCHAR) FROM transactions
    WHERE transaction_id = 'T-1' ORDER BY load_seq, line"""


def row(amount: int, received: str = "2026-01-06", *, id: str = "T-1") -> str:  # noqa: A002
    return ROW.format(id=id, received=received, amount=amount)


def outcome(counts: dict[str, int | str]) -> dict[str, int | str]:
    return {name: counts[name] for name in ("loaded", "duplicate", "superseded", "rejected") if counts[name]}


def test_loading_twice_changes_nothing(house: House) -> None:
    house.sales(row(10))
    house.load()
    before = house.ask("FROM transactions"), house.ask("FROM loads")
    counts = house.load()
    assert (counts["files"], counts["read"]) == (0, 0)
    assert (house.ask("FROM transactions"), house.ask("FROM loads")) == before


def test_a_copy_under_another_name_is_skipped(house: House) -> None:
    house.sales(row(10))
    house.load()
    house.sales(row(10), name="tx-copy.csv")
    assert house.load()["files"] == 0


def test_a_source_that_is_renamed_cannot_bring_its_rows_again(house: House) -> None:
    house.sales(row(10))
    house.load()
    # The old name is still there, for other files: the new one is another source.
    main = "  - {data_set: transactions, path: extracts/main*.csv, format: csv, optional: true}"
    house.configure(transactions="tx*.csv, format: csv, source: renamed", sources=main)
    with pytest.raises(ExtractError, match=r"loaded from the source 'main' \(extracts/tx\.csv\); it would count twice"):
        house.load()
    assert house.ask(IN_FORCE) == [("T-1", 10, 3)]


def test_the_same_row_in_another_file_is_a_duplicate(house: House) -> None:
    house.sales(row(10))
    house.load()
    house.sales(row(10), row(20, id="T-2"), name="tx2.csv")
    assert outcome(house.load()) == {"loaded": 1, "duplicate": 1}
    assert house.ask(IN_FORCE) == [("T-1", 10, 3), ("T-2", 20, 4)]


def test_the_same_row_received_again_later_is_a_duplicate(house: House) -> None:
    house.sales(row(10))
    house.load()
    house.sales(row(10, "2026-02-01"), name="tx2.csv")
    assert outcome(house.load()) == {"duplicate": 1}


def test_a_corrected_row_is_a_new_version_and_the_old_one_is_kept(house: House) -> None:
    house.sales(row(1000))
    house.load()
    house.sales(row(900, "2026-02-01"), name="tx2.csv")
    assert outcome(house.load()) == {"loaded": 1}
    assert house.ask(VERSIONS) == [(1000, 3, 4, "2026-02-01"), (900, 4, None, None)]


def test_a_row_may_be_corrected_there_and_back(house: House) -> None:
    for n, (amount, received) in enumerate([(1000, "06"), (900, "07"), (1000, "08"), (900, "09")]):
        house.sales(row(amount, f"2026-01-{received}"), name=f"tx{n}.csv")
        house.load()
    assert house.ask(VERSIONS) == [
        (1000, 3, 4, "2026-01-07"),
        (900, 4, 5, "2026-01-08"),
        (1000, 5, 6, "2026-01-09"),
        (900, 6, None, None),
    ]


def test_an_older_version_is_superseded_on_arrival(house: House) -> None:
    house.sales(row(900, "2026-02-01"))
    house.load()
    house.sales(row(1000, "2026-01-06"), name="tx2.csv")
    assert outcome(house.load()) == {"superseded": 1}
    assert house.ask(VERSIONS) == [(900, 3, None, None), (1000, 4, 4, "2026-01-06")]


def test_on_the_same_day_the_later_file_wins(house: House) -> None:
    house.sales(row(1000), name="tx1.csv")
    house.sales(row(900), name="tx2.csv")
    house.load()
    assert house.ask(VERSIONS) == [(1000, 3, 4, "2026-01-06"), (900, 4, None, None)]


def test_rows_of_one_key_in_one_file_follow_each_other_by_receipt(house: House) -> None:
    house.configure(transactions=LAST)
    house.sales(
        row(3, "2026-01-09"), row(1, "2026-01-07"), row(1, "2026-01-07"), row(2, "2026-01-08"), row(3, "2026-01-10")
    )
    assert outcome(house.load()) == {"loaded": 5, "duplicate": 2, "superseded": 2}
    assert house.ask(VERSIONS) == [
        (3, 3, None, None),
        (1, 3, 3, "2026-01-08"),
        (2, 3, 3, "2026-01-09"),
    ]


def test_a_file_with_old_and_new_versions_of_what_is_in_force(house: House) -> None:
    house.configure(transactions=LAST)
    house.sales(row(5, "2026-01-08"))
    house.load()
    house.sales(
        row(4, "2026-01-07"),
        row(5, "2026-01-06"),
        row(5, "2026-01-09"),
        row(6, "2026-01-10"),
        row(7, "2026-01-11"),
        name="tx2.csv",
    )
    assert outcome(house.load()) == {"loaded": 1, "duplicate": 2, "superseded": 2}
    assert house.ask(VERSIONS) == [
        (5, 3, 4, "2026-01-10"),
        (4, 4, 4, "2026-01-07"),
        (6, 4, 4, "2026-01-11"),
        (7, 4, None, None),
    ]


def test_a_rejected_row_replaces_nothing(house: House) -> None:
    house.sales(row(10))
    house.load()
    house.sales(row(-10, "2026-02-01"), name="tx2.csv")
    assert outcome(house.load()) == {"rejected": 1}
    assert house.ask(IN_FORCE) == [("T-1", 10, 3)]


def test_sources_do_not_share_keys(house: House) -> None:
    house.configure(sources="  - {data_set: transactions, source: pos, path: extracts/pos.csv, format: csv}")
    house.sales(row(10))
    house.sales(row(20), name="pos.csv")
    assert outcome(house.load()) == {"loaded": 6}
    assert house.ask("SELECT source, amount FROM transactions ORDER BY 1") == [("main", 10), ("pos", 20)]


def test_a_member_with_new_details_is_a_new_version(house: House) -> None:
    house.sales(row(10))
    house.load()
    house.put("members2.csv", "member_id,name\nM-1,One Ltd\nM-2,Two\n")
    assert outcome(house.load()) == {"loaded": 1, "duplicate": 1}
    assert house.ask("SELECT name, load_seq, superseded_seq FROM members WHERE member_id = 'M-1' ORDER BY 2") == [
        ("One", 1, 4),
        ("One Ltd", 4, None),
    ]


def test_dated_rows_of_a_member_stand_beside_each_other(house: House) -> None:
    house.put("members.csv", "member_id,region,valid_from,valid_to\nM-1,NA,,2026-03-31\nM-1,EU,2026-04-01,\n")
    house.sales(row(10))
    house.load()
    assert house.ask("SELECT region FROM members WHERE superseded_seq IS NULL ORDER BY 1") == [("EU",), ("NA",)]


@pytest.mark.parametrize("header", ["member_id,name", "member_id,name,valid_from"])
def test_an_empty_key_column_is_as_good_as_none(house: House, header: str) -> None:
    house.sales(row(10))
    house.load()
    commas = "," * header.count("valid")
    house.put("members2.csv", f"{header}\nM-1,One{commas}\nM-2,Zwei{commas}\n")
    assert outcome(house.load()) == {"loaded": 1, "duplicate": 1}


def test_an_extra_column_counts_as_content(house: House) -> None:
    house.sales(row(10))
    house.load()
    header = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency,channel"
    house.sales(row(10) + ",web", name="tx2.csv", header=header)
    assert outcome(house.load()) == {"loaded": 1}
    house.sales(row(10) + ",", name="tx3.csv", header=header)
    assert outcome(house.load()) == {"loaded": 1}
    house.sales(row(10), "", name="tx4.csv")
    assert outcome(house.load()) == {"duplicate": 1}


@pytest.mark.parametrize(("near_days", "places"), [(1, [0, 1, 2, 3, 4]), (2, [3, 0, 4, 1, 2])])
def test_a_load_is_sorted_by_day_where_its_days_lie_apart(
    house: House, monkeypatch: pytest.MonkeyPatch, near_days: int, places: list[int]
) -> None:
    monkeypatch.setattr(row_versions, "_ROW_GROUP", 2)
    monkeypatch.setattr(row_versions, "_NEAR_DAYS", near_days)
    days = pl.date_range(pl.date(2026, 1, 1), pl.date(2026, 1, 5), eager=True).to_list()
    shuffled = [days[n] for n in (3, 0, 4, 1, 2)]
    house.sales(*(f"T-{day},M-1,P-1,{day},2026-02-01,sale,1,piece,1,USD" for day in shuffled))
    house.load()
    written = house.ask("SELECT activity_date FROM transactions ORDER BY rowid")
    assert [day for (day,) in written] == [days[n] for n in places]


def test_keys_of_one_hash_are_told_apart(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_keys, "_HASH", "CAST(0 AS UBIGINT)")
    house.sales(row(10), row(20, id="T-2"))
    house.load()
    house.sales(row(11, "2026-01-07"), row(30, id="T-3"), name="tx2.csv")
    assert outcome(house.load()) == {"loaded": 2}
    assert house.ask(IN_FORCE) == [("T-1", 11, 4), ("T-2", 20, 3), ("T-3", 30, 4)]


def test_files_loaded_together_are_known_to_each_other(house: House) -> None:
    house.sales(row(10), name="tx1.csv")
    house.sales(row(10), row(20, id="T-2"), name="tx2.csv")
    house.sales(row(11, "2026-01-07"), row(20, id="T-2"), name="tx3.csv")
    assert outcome(house.load()) == {"loaded": 4 + 3, "duplicate": 2}
    assert house.ask(IN_FORCE) == [("T-1", 11, 5), ("T-2", 20, 4)]


def test_rows_do_not_lose_a_column_that_a_file_came_without(house: House) -> None:
    house.sales(f"{row(10)},O-1,X", header=f"{HEADER},order_id,promo")
    house.load()
    house.sales(row(10))
    with pytest.raises(ExtractError) as caught:
        house.load()
    told = [str(problem) for problem in caught.value.problems]
    assert told == [
        f"extracts/tx.csv: the file has no column {name!r}, which 1 of the rows have that it would replace → "
        f"export it with that column; if it is gone for good, say `ignore: [{name}]` for its source"
        for name in ("order_id", "promo")
    ]
    house.configure(transactions="tx*.csv, format: csv, ignore: [order_id, promo]")
    house.load()
    in_force = "FROM transactions WHERE superseded_seq IS NULL"
    assert house.ask(f"SELECT order_id, promo {in_force}") == [(None, None)]
    house.sales(row(10, id="T-2"), name="tx2.csv")
    house.load()
    assert house.ask(f"SELECT COUNT(*) {in_force}") == [(2,)]
