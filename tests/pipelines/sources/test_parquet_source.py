from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import ExtractError

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

TYPED: dict[str, Any] = {
    "transaction_id": ["T-1", "T-2"],
    "member_id": ["M-1", "M-2"],
    "product_id": ["P-1", "P-2"],
    "activity_date": [date(2026, 1, 5)] * 2,
    "received_on": [date(2026, 1, 6)] * 2,
    "type": ["sale", "sale"],
    "quantity": [1, 2],
    "unit": ["piece", "piece"],
    "amount": [Decimal("10.50"), Decimal("20.25")],
    "currency": ["USD", "USD"],
}


def put(house: House, *, more: str = "", **changes: Any) -> None:
    house.configure(transactions=f"tx*.parquet, format: parquet{more}")
    pl.DataFrame({**TYPED, **changes}).write_parquet(house.root / "extracts" / "tx.parquet")


def refused(house: House) -> list[str]:
    with pytest.raises(ExtractError) as caught:
        house.load()
    return [str(problem) for problem in caught.value.problems]


def test_typed_columns_are_taken_as_they_are(house: House) -> None:
    put(house, note=[date(2026, 1, 1), None], kind=pl.Series(["a", "b"], dtype=pl.Categorical))
    assert house.load()["loaded"] == 6
    assert not list((house.root / "landing").glob("*.parquet"))
    rows = house.ask("SELECT transaction_id, quantity, amount, line, note, kind FROM transactions ORDER BY line")
    assert rows == [("T-1", 1, Decimal("10.5"), 1, "2026-01-01", "a"), ("T-2", 2, Decimal("20.25"), 2, None, "b")]


def test_text_in_parquet_is_typed_like_csv(house: House) -> None:
    put(house, amount=["1e3", "7"], activity_date=["2026-01-05", "2026-02-30"])
    house.load()
    assert house.reasons() == [(1, "amount", "not_a_number", "1e3"), (2, "activity_date", "not_a_date", "2026-02-30")]


def test_floats_need_a_stated_rounding(house: House) -> None:
    put(house, amount=[10.5, 20.25])
    assert refused(house) == [
        (
            "extracts/tx.parquet: the column 'amount' is double → floats are not exact: state how they become "
            "decimals, such as `round: {amount: 2}`"
        ),
    ]


def test_floats_are_rounded_as_stated_and_changes_counted(house: House) -> None:
    put(
        house,
        more=", round: {amount: 2, quantity: 0}",
        transaction_id=[f"T-{n}" for n in range(6)],
        **{
            name: [values[0]] * 6
            for name, values in TYPED.items()
            if name not in {"transaction_id", "amount", "quantity"}
        },
        amount=[1.1, 10.005, 2.675, 1.004, float("nan"), float("inf")],
        quantity=[1.0, 2.0, 2.5, 3.0, 1.0, 1.0],
    )
    house.load()
    assert house.ask("SELECT quantity, amount FROM transactions ORDER BY line") == [
        (1, Decimal("1.10")),
        (2, Decimal("10.01")),
        (3, Decimal("2.68")),
        (3, Decimal("1.00")),
    ]
    assert house.ask("SELECT values_rounded, amount_read FROM loads WHERE data_set = 'transactions'") == [
        (4, Decimal("14.79"))
    ]
    assert [reason for *_, reason, _ in house.reasons()] == ["not_a_number", "not_a_number"]


def test_decimals_too_fine_or_too_large_are_rejects(house: House) -> None:
    amounts = pl.Series([Decimal("10.00555"), Decimal("99999999999999999.5")], dtype=pl.Decimal(30, 5))
    put(house, amount=amounts)
    house.load()
    assert [(line, reason) for line, _, reason, _ in house.reasons()] == [(1, "too_many_decimals"), (2, "out_of_range")]


def test_finer_decimals_with_nothing_in_them_are_exact(house: House) -> None:
    put(house, amount=pl.Series([Decimal("10.5"), Decimal("20.25")], dtype=pl.Decimal(30, 10)))
    assert house.load()["loaded"] == 6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"activity_date": [datetime(2026, 1, 5, tzinfo=UTC)] * 2},
            "say where an instant becomes a day, such as `time_zone: Asia/Tokyo`",
        ),
        ({"activity_date": [1, 2]}, "the column 'activity_date' is int64 → write it as a date or as text"),
        ({"member_id": [1.0, 2.0]}, "say `whole_numbers: [member_id]`"),
        ({"amount": [True, False]}, "the column 'amount' is bool → write it as a number or as text"),
        ({"Amount": [1, 2]}, "column 11 has the same name as column 9: 'Amount'"),
    ],
)
def test_types_that_would_have_to_be_guessed_are_refused(house: House, changes: dict[str, Any], message: str) -> None:
    put(house, **changes)
    problems = refused(house)
    assert len(problems) == 1
    assert message in problems[0]


def test_integers_are_good_ids_and_times_are_good_days(house: House) -> None:
    put(house, transaction_id=[1, 2], activity_date=[datetime(2026, 1, 5, 23, 59)] * 2)  # noqa: DTZ001 - local time
    house.load()
    rows = house.ask("SELECT transaction_id, CAST(activity_date AS VARCHAR) FROM transactions ORDER BY 1")
    assert rows == [("1", "2026-01-05"), ("2", "2026-01-05")]


def test_rejects_of_parquet_are_written_as_csv(house: House) -> None:
    put(house, member_id=["M-9", "M-1"])
    house.load()
    text = (house.root / "rejects/transactions/tx.rejects.csv").read_text(encoding="utf-8")
    assert text.splitlines()[1].startswith("T-1,M-9,P-1,2026-01-05,2026-01-06,sale,1,piece,10.50,USD,")


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.99])
def test_a_cut_off_file_is_refused_by_name(house: House, keep: float) -> None:
    put(house)
    path = house.root / "extracts" / "tx.parquet"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    assert refused(house)[0].startswith("extracts/tx.parquet: this cannot be read as Parquet")


def test_a_damaged_page_is_told_and_nothing_is_loaded(house: House) -> None:
    put(house)
    path = house.root / "extracts" / "tx.parquet"
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(content)
    assert refused(house)[0].startswith("extracts/tx.parquet: the file cannot be read to its end")
    assert house.ask("SELECT COUNT(*) FROM transactions") == [(0,)]


def test_csv_named_as_parquet_is_refused_by_name(house: House) -> None:
    house.configure(transactions="tx*.csv, format: parquet")
    house.sales("x")
    assert refused(house)[0].startswith("extracts/tx.csv: this cannot be read as Parquet")


def put_arrow(house: House, *, more: str = "", int96: bool = False, **changes: Any) -> None:
    house.configure(transactions=f"tx*.parquet, format: parquet{more}")
    table = pl.DataFrame(TYPED).to_arrow()
    for name, column in changes.items():
        at = table.schema.get_field_index(name)
        table = table.append_column(name, column) if at < 0 else table.set_column(at, name, column)
    pq.write_table(table, house.root / "extracts" / "tx.parquet", use_deprecated_int96_timestamps=int96)


def test_a_column_that_came_without_a_type_is_empty(house: House) -> None:
    put_arrow(house, order_id=pa.nulls(2), note=pa.nulls(2))
    assert house.load()["loaded"] == 6
    put_arrow(house, amount=pa.nulls(2), activity_date=pa.nulls(2))
    house.load()
    assert {(column, reason) for _, column, reason, _ in house.reasons()} == {
        ("amount", "missing"),
        ("activity_date", "missing"),
    }


def test_decimals_that_would_become_floats_are_refused(house: House) -> None:
    put_arrow(house, amount=pa.array([Decimal("12345678901234.5678"), Decimal(20)], pa.decimal256(76, 38)))
    assert refused(house) == [
        (
            "extracts/tx.parquet: the column 'amount' is decimal256(76, 38) → write it as a decimal of at most 38 "
            "digits, or as text"
        )
    ]


def test_timestamps_of_96_bits_are_instants(house: House) -> None:
    moment = pa.array([datetime(2026, 1, 4, 15, 0)] * 2, pa.timestamp("ns"))  # noqa: DTZ001 - Spark writes UTC as this
    put_arrow(house, int96=True, activity_date=moment)
    assert "say where an instant becomes a day, such as `time_zone: Asia/Tokyo`" in refused(house)[0]
    put_arrow(house, int96=True, activity_date=moment, more=", time_zone: Asia/Tokyo")
    house.load()
    assert house.ask("SELECT DISTINCT CAST(activity_date AS VARCHAR) FROM transactions") == [("2026-01-05",)]


def test_the_text_of_an_instant_does_not_depend_on_the_machine(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    put(house, changed=[datetime(2026, 1, 5, tzinfo=UTC)] * 2)
    try:
        house.load()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert house.ask("SELECT DISTINCT changed FROM transactions") == [("2026-01-05 00:00:00+00",)]


def test_a_column_called_as_the_number_of_a_row_is_read(house: House) -> None:
    put(house, file_row_number=[7, 8])
    house.load()
    rows = house.ask("SELECT line, file_row_number FROM transactions ORDER BY line")
    assert rows == [(1, "7"), (2, "8")]


def test_days_that_no_calendar_has_are_rejects(house: House) -> None:
    put_arrow(house, activity_date=pa.array([3_000_000, 20_458], pa.int32()).cast(pa.date32()))
    house.load()
    assert [(line, column, reason) for line, column, reason, _ in house.reasons()] == [
        (1, "activity_date", "out_of_range")
    ]


def test_ids_that_became_floats_and_then_texts_are_refused(house: House) -> None:
    put(house, order_id=["70012.0", None])
    assert "tx.parquet:1: every order_id ends in .0" in refused(house)[0]
    put(house, order_id=["70012.0", None], more=", whole_numbers: [order_id]")
    house.load()
    assert house.ask("SELECT order_id FROM transactions ORDER BY line") == [("70012",), (None,)]
