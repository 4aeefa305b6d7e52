"""Repeated keys: rows of one file that have one key and say different things are refused, or ordered by the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas.errors import ExtractError

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency,version"
IN_FORCE = "SELECT transaction_id, CAST(amount AS INTEGER) FROM transactions WHERE superseded_seq IS NULL ORDER BY ALL"


def row(key: str, amount: object, version: str = "", *, received: str = "2026-01-06") -> str:
    return f"{key},M-1,P-1,2026-01-05,{received},sale,1,piece,{amount},USD,{version}"


def load(house: House, *rows: str, name: str = "tx.csv") -> dict[str, int | str]:
    house.sales(*rows, name=name, header=HEADER)
    counts = house.load()
    outcomes = ("loaded", "duplicate", "superseded", "rejected")
    return {name: counts[name] for name in outcomes if counts[name] and name != "loaded"}


def order_by(house: House, column: str) -> None:
    house.configure(transactions=f"tx*.csv, format: csv, repeated_keys: {column}")


def test_all_rows_of_a_key_that_contradict_each_other_are_rejected_by_name(house: House) -> None:
    """Even if they were received on different days: an id that a spreadsheet wrote as 4.57E+11 is three sales."""
    rows = (row("4.57E+11", n, received=f"2026-01-0{n}") for n in (6, 7, 8))
    assert load(house, *rows, row("T-1", 5)) == {"rejected": 3}
    assert house.ask(IN_FORCE) == [("T-1", 5)]
    told = "4.57E+11 in lines 2, 3, 4"
    assert house.reasons() == [(line, "transaction_id", "repeated_key", told) for line in (2, 3, 4)]


def test_rows_that_say_the_same_are_duplicates(house: House) -> None:
    assert load(house, row("T-1", 5), row("T-1", "5.00"), row("T-1", 5, received="2026-02-01")) == {"duplicate": 2}


def test_a_later_file_corrects(house: House) -> None:
    load(house, row("T-1", 5))
    assert load(house, row("T-1", 6), name="tx2.csv") == {}
    assert house.ask(IN_FORCE) == [("T-1", 6)]


def test_files_that_are_read_together_do_not_contradict_each_other(house: House) -> None:
    house.sales(row("T-1", 5), name="tx1.csv", header=HEADER)
    assert load(house, row("T-1", 6), name="tx2.csv") == {}
    assert house.ask(IN_FORCE) == [("T-1", 6)]


def test_contradictions_count_towards_the_limit(house: House) -> None:
    house.configure(max_rejects="1%")
    house.sales(row("T-1", 5), row("T-1", 6), row("T-2", 7), header=HEADER)
    with pytest.raises(ExtractError, match="2 of 3 rows are rejected") as caught:
        house.load()
    assert "repeated key in transaction_id: 2 rows from here" in str(caught.value)


def test_the_last_counts_if_the_source_says_so(house: House) -> None:
    order_by(house, "last")
    rows = [row("T-1", 5), row("T-1", 6), row("T-2", 8, received="2026-01-08"), row("T-2", 7)]
    assert load(house, *rows) == {"superseded": 2}
    assert house.ask(IN_FORCE) == [("T-1", 6), ("T-2", 8)]


@pytest.mark.parametrize(
    ("older", "newer"),
    [("9", "10"), ("2026-01-31", "2026-02-01"), ("2026-01-31 09:00", "2026-01-31 10:00"), ("-1", "0.5")],
)
def test_a_column_orders_versions_by_number_or_day(house: House, older: str, newer: str) -> None:
    order_by(house, "version")
    assert load(house, row("T-1", 5, newer), row("T-1", 6, older), row("T-1", 6, older)) == {"superseded": 2}
    assert house.ask(IN_FORCE) == [("T-1", 5)]


def test_a_column_of_ours_orders_versions_too(house: House) -> None:
    order_by(house, "received_on")
    assert load(house, row("T-1", 5, received="2026-01-08"), row("T-1", 6)) == {"superseded": 1}
    assert house.ask(IN_FORCE) == [("T-1", 5)]


@pytest.mark.parametrize("versions", [("1", "1"), ("1", ""), ("1", "31.01.2026"), ("a", "b")])
def test_what_the_column_leaves_open_is_rejected(house: House, versions: tuple[str, str]) -> None:
    order_by(house, "version")
    assert load(house, row("T-1", 5, versions[0]), row("T-1", 6, versions[1])) == {"rejected": 2}


def test_a_version_that_is_rejected_is_not_the_last(house: House) -> None:
    order_by(house, "version")
    assert load(house, row("T-1", 5, "1"), row("T-1", "x", "2")) == {"rejected": 1}
    assert house.ask(IN_FORCE) == [("T-1", 5)]


def test_the_last_version_of_a_file_corrects_what_is_in_force(house: House) -> None:
    order_by(house, "version")
    load(house, row("T-1", 5, "1"))
    assert load(house, row("T-1", 7, "3"), row("T-1", 6, "2"), name="tx2.csv") == {"superseded": 1}
    assert house.ask(IN_FORCE) == [("T-1", 7)]


def test_the_column_that_orders_versions_must_be_there(house: House) -> None:
    order_by(house, "changed_at")
    with pytest.raises(ExtractError, match="`repeated_keys:` names 'changed_at', which the extract does not have"):
        load(house, row("T-1", 5))


def test_rows_without_a_key_are_no_namesakes(house: House) -> None:
    assert load(house, row("", 5), row("", 6)) == {"rejected": 2}
    assert [reason for _, _, reason, _ in house.reasons()] == ["missing", "missing"]


def test_a_key_of_several_columns_is_named_whole(house: House) -> None:
    house.configure(transactions="tx*.csv, format: csv, key: [member_id, version]")
    header = HEADER.replace("transaction_id", "slip")
    house.sales(row("1", 5, "V"), row("2", 5, "V"), row("3", 5, "W"), header=header)
    house.load()
    assert house.reasons() == [(line, "member_id", "repeated_key", "M-1, V in lines 2, 3") for line in (2, 3)]
