"""Contradicting conversions and rates are named with their places, and what is only rounded is not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rules.compiled.contradictions import contradicting_conversions, contradicting_figures, contradicting_rates
from rules.compiled.conversion import unit_factors

_COLUMNS = ["product_id", "from_unit", "to_unit", "factor"]


def named(*rows: str) -> list[str]:
    """Return the problems of rows written as `P-1 case 12 each`; - stands for any product."""
    split = [row.split() for row in rows]
    frame = pl.DataFrame(
        {
            "product_id": [None if product == "-" else product for product, *_ in split],
            "from_unit": [start for _, start, _, _ in split],
            "to_unit": [end for *_, end in split],
            "factor": [factor for _, _, factor, _ in split],
            "path": ["units.csv"] * len(split),
            "line": list(range(2, len(split) + 2)),
        },
        schema_overrides={"product_id": pl.String},
    )
    return [problem.found for problem in contradicting_conversions(frame)]


def test_two_factors_for_the_same_units_are_named() -> None:
    assert named("- case 12 each", "- Case 10 EACH", "P-1 case 10 each") == [
        "1 Case is 10 EACH (units.csv:3), but 1 case is 12 each (units.csv:2)"
    ]


def test_a_factor_and_the_opposite_that_contradicts_it_are_named() -> None:
    assert named("P-1 case 12 each", "P-1 each 1/10 case") == [
        "of P-1 1 case is 12 each (units.csv:2), but 1 each is 1/10 case (units.csv:3)"
    ]


@pytest.mark.parametrize("opposite", ["1/12", "0.083", "0.08333"])
def test_a_rounded_opposite_contradicts_nothing(opposite: str) -> None:
    assert named("- case 12 each", f"- each {opposite} case") == []


def test_units_that_another_way_makes_something_else_are_named() -> None:
    [found] = named("- pallet 10 case", "- case 12 each", "- pallet 100 each")
    assert found.startswith("these do not agree with one another: ")
    assert all(f"units.csv:{line}" in found for line in (2, 3, 4))
    assert named("- pallet 10 case", "- case 12 each", "- pallet 120 each") == []


def test_a_product_is_named_where_its_own_factor_does_not_agree_with_the_general_ones() -> None:
    general = ("- pallet 10 case", "- case 12 each", "- pallet 120 each")
    [found] = named(*general, "P-1 case 6 each", "P-2 case 12 each")
    assert found.startswith("of P-1 these do not agree")
    assert named(*general, "P-1 case 6 each", "P-1 pallet 60 each") == []


def test_what_contradicts_is_not_converted_by() -> None:
    rows = [(None, "case", "each", "12"), (None, "each", "case", "1/10"), (None, "box", "each", "6")]
    conversions = pl.DataFrame(rows, schema=["product_class", *_COLUMNS[1:]], orient="row")
    found = unit_factors(conversions, ["each"])
    assert dict(found.select("unit", "multiplier").rows()) == {"case": None, "box": 6}
    two_ranks = [(1, "each", "case", "1/10"), (None, "case", "each", "12"), (None, "each", "case", "1/12")]
    own = unit_factors(pl.DataFrame(two_ranks, schema=["product_class", *_COLUMNS[1:]], orient="row"), ["each"])
    assert dict(own.filter(product_class=1).select("unit", "multiplier").rows()) == {"case": 10}


def test_two_rates_of_one_day_are_named() -> None:
    rows = [("EUR", "USD", date(2026, 1, 5), Decimal(rate), f"{rate}.csv", 2) for rate in ("1.10000000", "1.20000000")]
    names = ["from_currency", "to_currency", "rate_date", "rate", "path", "line"]
    rates = pl.DataFrame([*rows, rows[0]], schema=names, orient="row")
    [problem] = contradicting_rates(rates)
    assert problem.found == (
        "EUR to USD of 2026-01-05 is stated as 1.1 (1.10000000.csv:2) and as 1.1 (1.10000000.csv:2) "
        "and as 1.2 (1.20000000.csv:2)"
    )
    assert list(contradicting_rates(rates.head(1))) == []


def test_two_targets_of_one_member_are_named() -> None:
    rows = [
        ("deal", "only", "A", "2026-Q1", Decimal(value), "t.csv", n) for n, value in enumerate(("100.0", "120.5"), 2)
    ]
    names = ["program", "rebate", "member_id", "period", "value", "path", "line"]
    agreed = pl.DataFrame([*rows, ("deal", "only", "B", *rows[0][3:])], schema=names, orient="row")
    [problem] = contradicting_figures(agreed)
    told = "the figure of A for 2026-Q1 of deal/only is stated as 100 (t.csv:2) and as 120.5 (t.csv:3)"
    assert (problem.found, problem.at.file, problem.at.line) == (told, "t.csv", 2)
