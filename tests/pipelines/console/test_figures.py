"""Figures: the same amount, percentage or price is written the same wherever it stands."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from pipelines.console.figures import in_sentence, in_unit
from pipelines.console.tables import Table
from rules.rating.notes import AMOUNT_PHRASES, CARRIED
from schemas.types import EXACT, MONEY, VALUE


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("625.1100", "USD", "625.11 USD"),
        ("14000", "USD", "14,000.00 USD"),
        ("14000", "JPY", "14,000 JPY"),
        ("1.5", "KWD", "1.500 KWD"),
        ("13.6319", "USD", "13.6319 USD"),  # a price
        ("6.9999999999", "percent", "6.99 %"),
        ("-0.555", "percent", "-0.55 %"),
        ("100", "percent", "100.00 %"),
        ("0.015", "share", "1.50 %"),
        ("0.01125", "share", "1.125 %"),
        ("12", "case", "12 case"),
        ("0.3333333333", "case", "0.3333333333 case"),
        ("1234.5", "", "1,234.50"),
        ("7", "XXX", "7 XXX"),  # a currency that nobody knows is shown, not refused
    ],
)
def test_a_figure_reads_as_its_unit_says(value: str, unit: str, text: str) -> None:
    assert in_unit(Decimal(value), unit) == text


def column(name: str, *values: str | int, dtype: pl.DataType, **others: str) -> list[str]:
    cells = [Decimal(value) if isinstance(value, str) else value for value in values]
    frame = pl.DataFrame(
        {name: pl.Series(cells, dtype=dtype), **{key: [text] * len(values) for key, text in others.items()}}
    )
    units = {name: "own_unit"} if "own_unit" in others else {}
    return [row[0] for row in Table("t", "T", frame, units=units).texts()]


def test_a_column_never_mixes_decimals() -> None:
    assert column("measure", "14000", "11650.67", dtype=VALUE) == ["14,000.00", "11,650.67"]
    assert column("quantity", "14000", "7", dtype=VALUE) == ["14,000", "7"]
    assert column("rated", "0.5", "0.125", dtype=EXACT) == ["0.500", "0.125"]


@pytest.mark.parametrize(
    ("dtype", "unit", "text"),
    [
        (VALUE, "own_unit", "144,696.39 USD"),  # what was measured
        (EXACT, "currency", "144,696.3935"),  # an amount before it is rounded
        (EXACT, "own_unit", "144,696.3935878 USD"),  # a bound or price, as it was agreed
    ],
)
def test_what_is_shown_of_decimals_depends_on_what_the_figure_is(dtype: pl.DataType, unit: str, text: str) -> None:
    frame = pl.DataFrame({"figure": pl.Series([Decimal("144696.3935878")], dtype=dtype), unit: ["USD"]})
    assert Table("t", "T", frame, units={"figure": unit}).texts()[0][0] == text


def test_sums_of_money_are_money() -> None:
    assert column("amount", "625.1100", dtype=pl.Decimal(38, 4), currency="USD") == ["625.11"]
    assert column("amount", "-1.2340", dtype=MONEY, currency="USD") == ["-1.234"]  # as it was extracted
    assert column("amount", "5.0000", dtype=MONEY, currency="BTC") == ["5"]


def test_ids_and_places_stay_as_they_came() -> None:
    assert column("seq", 12345, dtype=pl.Int64()) == ["12345"]
    assert column("load_seq", 12345, dtype=pl.Int64()) == ["12345"]
    assert column("transactions", 12345, dtype=pl.Int64()) == ["12,345"]


def test_a_unit_is_read_with_its_figure_and_exact_in_json() -> None:
    frame = pl.DataFrame({"share": pl.Series([Decimal("6.9999999999")], dtype=VALUE), "share_unit": ["percent"]})
    table = Table("t", "T", frame, units={"share": "share_unit"})
    assert (table.columns, table.texts()) == (["share"], [["6.99 %"]])
    assert table.rows() == [{"share": "6.9999999999", "share_unit": "percent"}]


@pytest.mark.parametrize(
    ("note", "currency", "text"),
    [
        ("limited to 2000", "USD", "limited to 2,000.00"),
        ("limited to 33.3333; the budget leaves 1443.7 of 2484.53", "USD",
            "limited to 33.33; the budget leaves 1,443.70 of 2,484.53"),
        ("best_of: range-2026.5 is paid instead of 147.7553", "USD", "best_of: range-2026.5 is paid instead of 147.76"),
        ("limited to 1500 by the limit of the program", "JPY", "limited to 1,500 by the limit of the program"),
        ("reckoned on 2727.0569 less, which earlier rebates pay", "KWD",
            "reckoned on 2,727.057 less, which earlier rebates pay"),
        ("in the program on 1044 of 2090 days; guaranteed 250", "USD",
            "in the program on 1044 of 2090 days; guaranteed 250.00"),
        ("below the minimum payout of 1200: carried to 2026-12", "USD",
            "below the minimum payout of 1,200.00: carried to 2026-12"),
        ("run 2026-11-23-f3f5bc0f76d2", "USD", "run 2026-11-23-f3f5bc0f76d2"),
        ("not limited to 2000kg, says invoice 4711", "USD", "not limited to 2000kg, says invoice 4711"),
    ],
)  # fmt: skip
def test_amounts_in_notes_read_like_those_in_columns(note: str, currency: str, text: str) -> None:
    assert in_sentence(note, currency) == text
    frame = pl.DataFrame({"note": [note], "currency": [currency]})
    assert (Table("t", "T", frame).texts()[0][0], Table("t", "T", frame).rows()[0]["note"]) == (text, note)


def test_no_phrase_of_the_engine_is_left_as_it_is_kept() -> None:
    for phrase in AMOUNT_PHRASES:
        kept = phrase.replace("{}", "12345.5")
        assert in_sentence(kept, "USD") == kept.replace("12345.5", "12,345.50")
    carried = CARRIED.format("-12345")
    assert [in_sentence(carried, "USD", unit=unit) for unit in ("USD", "case")] == [
        CARRIED.format("-12,345.00"), CARRIED.format("-12,345"),
    ]  # fmt: skip


def test_what_is_cut_off_leaves_no_zeros_behind() -> None:
    assert column("rated", "1776.83204", dtype=EXACT, own_unit="USD")[0] == "1,776.83204 USD"
    frame = pl.DataFrame({"rated": pl.Series([Decimal("1776.83204")], dtype=EXACT), "currency": ["USD"]})
    assert Table("t", "T", frame, units={"rated": "currency"}).texts()[0][0] == "1,776.832"
