from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pandera.errors
import polars as pl
import pytest

from pipelines.warehouse.data_tables import table_sql
from schemas.catalogue import BOOKKEEPING, DATA_SETS, DataSet
from schemas.checks import FACTOR, NUMBER
from schemas.errors import ExtractError, Place, Problem
from schemas.transactions import Transactions

EVERY = pytest.mark.parametrize("data_set", DATA_SETS.values(), ids=list(DATA_SETS))


@EVERY
def test_the_table_is_made_from_the_model(data_set: DataSet) -> None:
    with duckdb.connect() as connection:
        connection.execute(table_sql(data_set))
        empty = connection.sql(f"SELECT * FROM {data_set.name}").pl()
    own = empty.select(name for name in empty.columns if name not in BOOKKEEPING)
    data_set.model.validate(own)
    assert own.columns == [column.name for column in data_set.columns]


@EVERY
def test_what_the_catalogue_names_is_in_the_model(data_set: DataSet) -> None:
    names = {column.name for column in data_set.columns}
    assert names.isdisjoint(BOOKKEEPING)
    assert {*data_set.key, *data_set.ids, *data_set.references, data_set.money or data_set.key[0]} <= names
    assert all(column.description for column in data_set.columns)


@EVERY
def test_references_come_before_what_refers_to_them(data_set: DataSet) -> None:
    order = list(DATA_SETS)
    for column, referred in data_set.references.items():
        # A data set may refer to itself: a parent is a member.
        assert order.index(referred) < order.index(data_set.name) or referred == data_set.name
        assert column in data_set.ids
        assert DATA_SETS[referred].key[0] in DATA_SETS[referred].ids


def test_a_transaction_needs_all_but_its_order_and_its_sale() -> None:
    optional = [column.name for column in DATA_SETS["transactions"].columns if column.nullable]
    assert optional == ["order_id", "original_id"]


def test_no_column_holds_a_float() -> None:
    assert not [c.name for data_set in DATA_SETS.values() for c in data_set.columns if c.dtype.is_float()]


@pytest.mark.parametrize(
    ("factor", "fits"),
    [
        ("12", True),
        ("0.5", True),
        ("1/12", True),
        ("007", True),
        ("0", False),
        ("0.0", False),
        ("0/3", False),
        ("3/0", False),
        ("-1", False),
        ("1/2/3", False),
        ("0.5/3", False),
        ("1e3", False),
        ("", False),
    ],
)
def test_factors_are_above_zero(factor: str, *, fits: bool) -> None:
    assert pl.Series([factor]).str.contains(FACTOR).to_list() == [fits]


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("999999999999999.9999999999", True),
        ("-0.5", True),
        ("+7", True),
        ("1000000000000000", False),
        ("0.00000000001", False),
        ("1.", False),
        (".5", False),
        ("1e3", False),
        ("", False),
    ],
)
def test_numbers_of_indicators_can_be_reckoned_with(number: str, *, fits: bool) -> None:
    assert pl.Series([number]).str.contains(NUMBER).to_list() == [fits]


@pytest.mark.parametrize(
    ("kind", "amount", "fits"),
    [
        ("sale", 1, True),
        ("sale", 0, True),
        ("sale", -1, False),
        ("return", -1, True),
        ("return", 0, True),
        ("return", 1, False),
        ("credit", 1, False),
        ("adjustment", 1, True),
        ("adjustment", -1, True),
    ],
)
def test_signs_follow_types(kind: str, amount: int, *, fits: bool) -> None:
    row = {
        "transaction_id": "T",
        "member_id": "M",
        "product_id": "P",
        "activity_date": date(2026, 1, 1),
        "received_on": date(2026, 1, 1),
        "type": kind,
        "quantity": Decimal(amount),
        "unit": "piece",
        "amount": Decimal(amount),
        "currency": "USD",
        "order_id": None,
    }
    frame = pl.DataFrame([row], schema={column.name: column.dtype for column in DATA_SETS["transactions"].columns})
    if fits:
        Transactions.validate(frame, lazy=True)
        return
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        Transactions.validate(frame, lazy=True)
    assert sorted(caught.value.failure_cases["check"]) == ["sign:amount", "sign:quantity"]


def test_errors_hold_their_problems_in_order_of_place() -> None:
    error = ExtractError(Problem("found", "do", at=Place("b.csv", 2)), Problem("found", "do", at=Place("a.csv", 10, 3)))
    assert str(error) == "a.csv:10:3: found → do\nb.csv:2: found → do"
