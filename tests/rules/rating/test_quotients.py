"""Quotients: cut below the last digit that anything is rounded to, so that rounding them is rounding the fraction."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.money import round_decimal, round_value
from rules.rating.quotients import MOST_PERCENT, average, mean, percentage, scaled
from schemas.types import EXACT, VALUE
from tests.laws.examples import examples

FIGURES = st.one_of(
    st.decimals(-(10**6), 10**6, places=2), st.integers(-(10**25), 10**25).map(lambda n: Decimal(n).scaleb(-10))
)
WHOLES = FIGURES.filter(lambda whole: abs(whole) >= Decimal("0.0001"))


def cut(exact: Fraction, places: int = 11) -> Decimal:
    size = abs(exact) * 10**places
    with localcontext(prec=60):
        return Decimal(size.numerator // size.denominator * (1 if exact >= 0 else -1)).scaleb(-places)


def half_up(exact: Fraction, places: int) -> Decimal:
    return cut(exact + Fraction(1 if exact >= 0 else -1, 2 * 10**places), places)


@settings(deadline=None)
@given(st.lists(st.tuples(FIGURES, WHOLES), min_size=1, max_size=30))
def test_a_percentage_is_the_fraction_cut_after_eleven_decimals(pairs: list[tuple[Decimal, Decimal]]) -> None:
    frame = pl.DataFrame(pairs, schema={"part": VALUE, "whole": VALUE}, orient="row")
    found = frame.select(percentage(pl.col("part"), pl.col("whole"))).to_series().to_list()
    assert found == [cut(100 * Fraction(part) / Fraction(whole)) for part, whole in pairs]


LARGEST = 10**30 - 1  # 1E-10s of a figure just below 10**20
GROWN = st.tuples(
    st.integers(-LARGEST, LARGEST), st.integers(1, LARGEST), st.integers(1, LARGEST)
).filter(lambda row: row[1] // row[2] < 10**6 and abs(row[0]) * row[1] // row[2] < 10**34)  # fmt: skip


@examples(10)
@given(st.lists(GROWN, min_size=1, max_size=30))
def test_a_figure_is_scaled_as_its_fraction_is(rows: list[tuple[int, int, int]]) -> None:
    figures = [[Decimal(n).scaleb(-10) for n in row] for row in rows]
    frame = pl.DataFrame(figures, schema=dict.fromkeys(("figure", "by", "of"), VALUE), orient="row")
    grown = scaled(pl.col("figure"), pl.col("by"), pl.col("of"))
    found = frame.select(cut=grown, rounded=round_value(grown))
    exact = [Fraction(figure) * Fraction(by) / Fraction(of) for figure, by, of in figures]
    assert found["cut"].to_list() == [cut(one) for one in exact]
    assert found["rounded"].to_list() == [half_up(one, 10) for one in exact]


def test_what_is_not_known_scales_to_nothing() -> None:
    row = {"figure": Decimal(2), "by": Decimal(3), "of": Decimal(4)}
    frame = pl.DataFrame([row, *(row | {name: None} for name in row)], schema=dict.fromkeys(row, VALUE))
    grown = frame.select(scaled(pl.col("figure"), pl.col("by"), pl.col("of"))).to_series()
    assert grown.to_list() == [Decimal("1.5"), None, None, None]


@settings(deadline=None)
@given(st.lists(st.tuples(FIGURES, st.integers(1, 10**7)), min_size=1, max_size=30), st.integers(0, 10))
def test_an_average_rounds_as_its_fraction_does(pairs: list[tuple[Decimal, int]], digits: int) -> None:
    frame = pl.DataFrame(pairs, schema={"total": EXACT, "count": pl.Int64}, orient="row")
    of_values = mean(pl.col("total").cast(VALUE), pl.col("count"))
    found = frame.select(round_decimal(average(pl.col("total"), pl.col("count")), digits), mean=of_values)
    assert found["total"].to_list() == [half_up(Fraction(total) / count, digits) for total, count in pairs]
    assert found["mean"].to_list() == [cut(Fraction(total) / count) for total, count in pairs]


@pytest.mark.parametrize(
    ("part", "whole", "whole_percent", "ten_decimals"),
    [
        ("0.449999999999", "10", "4", "4.5000000000"),  # rounded to ten decimals first, it would be 5
        ("0.45", "10", "5", "4.5000000000"),
        ("-0.45", "10", "-5", "-4.5000000000"),
        ("-0.449999999999", "10", "-4", "-4.5000000000"),
        ("0.000000000005", "1", "0", "0.0000000005"),
        ("1", "3", "33", "33.3333333333"),
        ("2", "-3", "-67", "-66.6666666667"),
    ],
)
def test_a_percentage_is_rounded_once(part: str, whole: str, whole_percent: str, ten_decimals: str) -> None:
    figures = [Decimal(part), Decimal(whole)]
    if figures[0].as_tuple().exponent < -10:  # type: ignore[operator]
        figures = [figure * 100 for figure in figures]
    frame = pl.DataFrame([figures], schema={"part": VALUE, "whole": VALUE}, orient="row")
    exact = percentage(pl.col("part"), pl.col("whole"))
    found = frame.select(whole_percent=round_decimal(exact, 0), ten_decimals=round_value(exact)).row(0)
    assert found == (Decimal(whole_percent), Decimal(ten_decimals))


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        (10**14, "0.0000000001", Decimal(10) ** 26),
        (10**14 - 1, "0.0000000001", Decimal(10**14 - 1) * 10**12),
        (10**20, "0.0000000001", MOST_PERCENT),
        (-(10**20), "0.0000000001", -MOST_PERCENT),
        (10**20, "99999999999999999999.9999999999", Decimal(100)),
    ],
)
def test_a_percentage_too_large_for_any_bound_is_cut(part: int, whole: str, percent: Decimal) -> None:
    frame = pl.DataFrame([(Decimal(part), Decimal(whole))], schema={"part": VALUE, "whole": VALUE}, orient="row")
    assert frame.select(percentage(pl.col("part"), pl.col("whole"))).item() == percent


def test_nothing_is_divided_where_there_is_nothing() -> None:
    frame = pl.DataFrame([(None, Decimal(1)), (Decimal(1), None)], schema={"part": VALUE, "whole": VALUE}, orient="row")
    assert frame.select(percentage(pl.col("part"), pl.col("whole"))).to_series().to_list() == [None, None]
