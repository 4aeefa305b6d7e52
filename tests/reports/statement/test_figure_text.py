"""Figures on a statement: counts as counts, percentages as percentages, and never less missing than there is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reports.page.language import Language
from reports.statement.figure_text import FigureText
from reports.statement.statement_data import Figure

REVENUE, CASES = Figure("revenue"), Figure("quantity", unit="case")
ORDERS, VISITS = Figure("orders", unit="order"), Figure("visits", unit="visit")
SCORE = Figure("visit_score", unit="point")
SHARE, TARGET = Figure("revenue", "share_percent"), Figure("quantity", "target_percent", unit="case")
GAIN, ORDERS_GAINED = Figure("revenue", "growth_amount"), Figure("orders", "growth_amount", unit="order")


def text(figure: Figure, tag: str = "en") -> FigureText:
    return FigureText(figure, "USD", Language(tag, {"USD": 2}))


@pytest.mark.parametrize(
    ("figure", "value", "shown", "missing"),
    [
        (REVENUE, "12659.5", "$12,659.50", "$12,659.50"),
        (REVENUE, "12659.501", "$12,659.50", "$12,659.51"),
        (CASES, "67.5", "67.50 cases", "67.50 cases"),
        (CASES, "42.1666666667", "42.16 cases", "42.17 cases"),
        (ORDERS, "12", "12 orders", "12 orders"),
        (ORDERS, "1", "1 order", "1 order"),
        (ORDERS_GAINED, "0.5", "0.50 orders", "1 order"),
        (VISITS, "3", "3 visits", "3 visits"),
        (SCORE, "89.999", "89.99%", "90.00 percentage points"),
        (SHARE, "24.991", "24.99%", "25.00 percentage points"),
        (TARGET, "99.9999999999", "99.99%", "100.00 percentage points"),
        (GAIN, "-50.5", "-$50.50", "-$50.50"),
        (Figure("transactions", unit="transaction"), "2", "2 transactions", "2 transactions"),
        (Figure("products", unit="product"), "1", "1 product", "1 product"),
        (Figure("constant"), "1", "1", "1"),
    ],
)
def test_a_figure_is_shown_cut_off_and_what_is_missing_of_it_rounded_up(
    figure: Figure, value: str, shown: str, missing: str
) -> None:
    assert text(figure).value(Decimal(value)) == shown
    assert text(figure).missing(Decimal(value)) == missing


@pytest.mark.parametrize(
    ("figure", "rate", "paid"),
    [
        (REVENUE, "0.025", "2.50% of purchases"),
        (GAIN, "0.1", "10.00% of that growth"),
        (CASES, "0.125", "$0.125 per case"),
        (ORDERS, "0.5", "$0.50 per order"),
        (VISITS, "15", "$15.00 per visit"),
        (SCORE, "2", "$2.00 per point"),
        (TARGET, "2", "$2.00 per point"),
    ],
)
def test_a_rate_says_what_it_is_paid_on(figure: Figure, rate: str, paid: str) -> None:
    assert text(figure).rate(Decimal(rate)) == paid


@pytest.mark.parametrize(
    ("figure", "bound", "shown"),
    [
        (REVENUE, "0.005", "$0.005"),
        (REVENUE, "5000", "$5,000.00"),
        (SHARE, "2.125", "2.125%"),
        (ORDERS, "2", "2 orders"),
        (CASES, "0.125", "0.125 cases"),
        (GAIN, "-0.5", "-$0.50"),
    ],
)
def test_a_bound_is_shown_with_all_its_decimals(figure: Figure, bound: str, shown: str) -> None:
    assert text(figure).bound(Decimal(bound)) == shown


def test_what_a_figure_is_compared_with_is_in_its_own_unit() -> None:
    assert (text(TARGET).base_name(), text(TARGET).base(Decimal(100))) == ("Your target", "100 cases")
    assert (text(SHARE).base_name(), text(SHARE).base(Decimal(9999))) == ("Purchases it is a share of", "$9,999.00")
    assert text(ORDERS).base_name() == ""


def test_the_names_in_both_languages() -> None:
    figures = (REVENUE, ORDERS, VISITS, SCORE, SHARE, TARGET, GAIN)
    assert [text(figure).name(is_open=True) for figure in figures] == [
        "Purchases that count", "Orders that count", "Visits completed", "Score of your visits",
        "Share of your purchases", "Target reached", "Growth so far",
    ]  # fmt: skip
    for figure in figures:
        assert text(figure, "ja").name(is_open=False).isascii() is False
    assert text(ORDERS, "ja").value(Decimal(12)) == "12件"
    assert text(SCORE, "ja").missing(Decimal("1.001")) == "1.01ポイント"
