"""Types of transactions: known, declared with the sign of their figures, or rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas.errors import WorkspaceError

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency"


def row(number: int, kind: str, figure: int = 1) -> str:
    return f"T-{number},M-1,P-1,2026-01-05,2026-01-06,{kind},{figure},piece,{figure},USD"


@pytest.mark.parametrize("more", ["", ", returns: positive", ", signs: {type: {Facture: plus}}"])
def test_a_type_that_nobody_declared_is_rejected_whatever_sign_its_figures_have(house: House, more: str) -> None:
    house.configure(transactions="tx*.csv, format: csv" + more)
    house.sales(row(1, "sale"), row(2, "Avoir", 1 if more else -1), row(3, "adjustment"))
    house.load()
    assert house.reasons() == [(3, "type", "unknown_type", "Avoir")]
    [(told,)] = house.ask("SELECT todo FROM rejects")
    assert "`values: {type: {Avoir: ...}}`" in told
    assert "`signs: {type: {Avoir: ...}}` as plus, minus or as_written" in told


def test_a_declared_type_is_kept_with_the_sign_that_its_source_states(house: House) -> None:
    signs = "signs: {type: {Delivery: as_written, facture: plus, avoir: minus}}"
    house.configure(transactions=f"tx*.csv, format: csv, {signs}")
    house.sales(row(1, "delivery"), row(2, "FACTURE"), row(3, "avoir"), row(4, "sale"), row(5, "DELIVERY", -1))
    house.load()
    assert house.reasons() == []
    assert house.ask("SELECT type, quantity, amount FROM transactions ORDER BY transaction_id") == [
        ("delivery", 1, 1),
        ("facture", 1, 1),
        ("avoir", -1, -1),
        ("sale", 1, 1),
        ("delivery", -1, -1),
    ]


def test_a_type_is_declared_beside_a_column_for_debit_and_credit(house: House) -> None:
    signs = "signs: {side: {S: plus, H: minus}, type: {delivery: as_written}}"
    house.configure(transactions=f"tx*.csv, format: csv, {signs}")
    sides = [("delivery", "S"), ("delivery", "H"), ("return", "h"), ("invoice", "S")]
    house.sales(*(f"{row(n, kind)},{side}" for n, (kind, side) in enumerate(sides)), header=HEADER + ",side")
    house.load()
    assert house.reasons() == [(5, "type", "unknown_type", "invoice")]
    assert house.ask("SELECT amount FROM transactions ORDER BY transaction_id") == [(1,), (-1,), (-1,)]
    [(told,)] = house.ask("SELECT todo FROM rejects")
    assert told.endswith("`signs: {type: {invoice: ...}}` as as_written")


@pytest.mark.parametrize("signs", ["side: {S: plus}, type: {avoir: minus}", "side: {S: plus}, mark: {H: minus}"])
def test_two_columns_cannot_both_say_what_adds_and_takes_away(house: House, signs: str) -> None:
    house.configure(transactions=f"tx*.csv, format: csv, signs: {{{signs}}}")
    house.sales(row(1, "sale"))
    with pytest.raises(WorkspaceError, match="signs: names one column whose words add or take away"):
        house.load()
