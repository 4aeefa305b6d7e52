"""Row identity: once rows are in force, what tells them apart does not change in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas.errors import BooksError

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

PLAIN = "tx*.csv, format: csv"
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency,slip"
IN_FORCE = "SELECT COUNT(*), SUM(amount) FROM transactions WHERE superseded_seq IS NULL"


def row(number: int, amount: int = 100, *, member: str = "M-1") -> str:
    return f"T-{number},{member},P-1,2026-01-05,2026-01-06,sale,1,piece,{amount},USD,S-{number}"


def sell(house: House, *rows: str, name: str = "tx.csv") -> None:
    house.sales(*rows, name=name, header=HEADER)


CHANGES = {
    "source": ({"transactions": f"{PLAIN}, source: erp"}, "`source:` main → erp"),
    "key": ({"transactions": f"{PLAIN}, key: [slip]"}, r"`key:` \[transaction_id\] → \[slip\]"),
    "ids": ({"more": "ids: {punctuation: strip}"}, r"`ids:` \{\} → \{punctuation: strip\}"),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("is_gone", [False, True], ids=["still there", "gone"])
@pytest.mark.parametrize("change", CHANGES)
def test_what_identifies_rows_in_force_is_not_changed_in_silence(house: House, change: str, *, is_gone: bool) -> None:
    """The next extract has every sale again, with one more: each would count twice under another key."""
    sell(house, row(1), row(2))
    house.load()
    if is_gone:
        (house.root / "extracts" / "tx.csv").unlink()
    sell(house, row(1), row(2), row(3), name="tx-all.csv")
    settings, words = CHANGES[change]
    house.configure(**settings)
    with pytest.raises(BooksError, match=rf"transactions from 'main' was changed: {words}; rows in force: 2"):
        house.load()
    assert house.ask(IN_FORCE) == [(2, 200)]
    house.configure()
    house.load()
    assert house.ask(IN_FORCE) == [(3, 300)]


def test_a_source_beside_others_and_one_that_goes_are_no_change(house: House) -> None:
    sell(house, row(1))
    house.load()
    pos = "  - {data_set: transactions, source: pos, path: extracts/pos*.csv, format: csv}"
    house.configure(sources=pos)
    sell(house, row(5), name="pos.csv")
    house.load()
    house.configure(transactions="pos*.csv, format: csv, source: pos")
    house.load()
    assert house.ask(IN_FORCE) == [(2, 200)]


def test_ids_say_nothing_of_rows_without_ids(house: House) -> None:
    rates = "  - {data_set: fx_rates, path: extracts/rates*.csv, format: csv}"
    house.configure(sources=rates)
    house.put("rates.csv", "from_currency,to_currency,rate_date,rate\nEUR,USD,2026-01-05,1.1\n")
    house.put("members.csv", "member_id,name\n")
    house.put("products.csv", "product_id,name\n")
    house.sales()
    house.load()
    house.configure(sources=rates, more="ids: {case: upper}")
    house.load()
