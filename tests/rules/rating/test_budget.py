from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.compiled.provision_table import PROVISIONS
from rules.money import round_money
from rules.rating.budget import scale_to_budgets
from schemas.types import EXACT, MONEY

ROWS = pl.Schema(
    {
        "horizon": pl.String(),
        "program": pl.String(),
        "payee_id": pl.String(),
        "member_id": pl.String(),
        "rebate": pl.String(),
        "period": pl.String(),
        "minor_digits": pl.Int32(),
        "note": pl.String(),
        "unrounded": EXACT,
    }
)


def scaled(budget: str, *rows: tuple[str, str], digits: int = 2, more: Any = ()) -> list[tuple[Any, str]]:
    """Scale figures given as "payee member rebate period" and amount; gives amounts and notes in their order."""
    keys = [("settled", "p", *key.split(), digits, "", Decimal(paid)) for key, paid in rows]
    frame = pl.LazyFrame([*keys, *more], schema=ROWS, orient="row").with_row_index("row")
    rounded = frame.with_columns(amount=round_money(pl.col("unrounded"), pl.col("minor_digits")).cast(MONEY))
    agreed = [{"program": "p", "rebate": rebate, "budget": Decimal(budget)} for rebate in ("r", "s")]
    found = scale_to_budgets(rounded, pl.DataFrame(agreed, schema=PROVISIONS)).sort("row").collect()
    assert found.schema == rounded.collect_schema()
    return found.select("amount", "note").rows()


def amounts(*args: Any, **more: Any) -> list[Any]:
    return [amount for amount, _ in scaled(*args, **more)]


def test_a_budget_that_is_met_scales_nothing() -> None:
    assert scaled("100", ("A A r 1", "60"), ("B B r 1", "40")) == [(60, ""), (40, "")]
    three = (("A A r 1", "0.334"), ("B B r 1", "0.333"), ("C C r 1", "0.333"))
    assert amounts("1", *three) == [Decimal("0.33")] * 3


def test_beyond_it_all_are_scaled_alike() -> None:
    leaves = "the budget leaves {} of {}"
    assert scaled("100", ("A A r 1", "60"), ("A A s 2", "0"), ("B B r 1", "60")) == [
        (50, leaves.format(50, 60)),
        (0, ""),
        (50, leaves.format(50, 60)),
    ]
    assert amounts("99.99", ("A A r 1", "60"), ("B B r 1", "40")) == [Decimal("59.99"), 40]


@pytest.mark.parametrize(
    "keys",
    [
        ("A Z r 1", "B A r 1", "C A r 1"),
        ("A A s 9", "A B r 1", "A C r 1"),
        ("A A r 9", "A A s 1", "A A s 2"),
        ("A A r 1", "A A r 2", "A A r 3"),
    ],
)
def test_the_last_unit_goes_by_payee_then_member_rebate_and_period(keys: tuple[str, ...]) -> None:
    first = [(key, "10") for key in keys]
    assert amounts("10", *first) == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    assert amounts("10", *reversed(first)) == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]


def test_the_last_unit_goes_to_the_largest_fraction_before_all() -> None:
    assert amounts("10", ("A A r 1", "10"), ("B B r 1", "20.01")) == [Decimal("3.33"), Decimal("6.67")]


def test_a_budget_finer_than_the_minor_unit_is_cut_to_it() -> None:
    assert amounts("10.999", ("A A r 1", "10"), ("B B r 1", "10"), digits=0) == [5, 5]
    assert amounts("10.0059", ("A A r 1", "10"), ("B B r 1", "10"), digits=3) == [Decimal("5.003"), Decimal("5.002")]


def test_rounded_amounts_alone_may_exceed_it_and_nobody_gets_more_than_was_earned() -> None:
    three = (("A A r 1", "0.335"), ("B B r 1", "0.335"), ("C C r 1", "0.335"))
    assert amounts("1.02", *three) == [Decimal("0.34")] * 3
    assert amounts("1.01", *three) == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
    assert amounts("1.005", *three) == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
    # 1.998 would round to 1.99 together with nothing else
    assert amounts("1.99", ("A A r 1", "0.999"), ("B B r 1", "0.999")) == [Decimal("1.00"), Decimal("0.99")]


def test_horizons_and_programs_have_budgets_of_their_own() -> None:
    other = [
        ("to_date", "p", "A", "A", "r", "1", 2, "", Decimal(80)),
        ("settled", "q", "A", "A", "r", "1", 2, "", Decimal(999)),
    ]
    assert amounts("100", ("A A r 1", "60"), ("B B r 1", "60"), more=other) == [50, 50, 80, 999]


def test_without_a_budget_nothing_is_planned() -> None:
    frame = pl.LazyFrame(schema=ROWS)
    assert scale_to_budgets(frame, pl.DataFrame([{"program": "p"}], schema=PROVISIONS)) is frame


MONEYS = st.decimals(0, 10**6, places=4) | st.decimals(0, 10, places=10)


@settings(deadline=None, max_examples=60)
@given(st.lists(MONEYS, min_size=1, max_size=12), st.decimals("0.01", 10**6, places=2), st.sampled_from([0, 2, 3]))
def test_the_shares_are_exact_to_the_unit(paid: list[Decimal], budget: Decimal, digits: int) -> None:
    unit = Fraction(1, 10**digits)
    found = [
        Fraction(amount)
        for amount in amounts(
            str(budget), *((f"P{number:02} M r 1", str(figure)) for number, figure in enumerate(paid)), digits=digits
        )
    ]
    earned = sum(map(Fraction, paid))
    rounded = [floor(Fraction(figure) / unit + Fraction(1, 2)) * unit for figure in paid]
    if earned <= budget and sum(rounded) <= budget:
        assert found == rounded
        return
    total = floor(min(Fraction(budget), earned) / unit) * unit
    exact = [Fraction(figure) * total / earned for figure in paid]
    full = [floor(part / unit) * unit for part in exact]
    left = (total - sum(full)) / unit
    by_fraction = sorted(range(len(paid)), key=lambda number: (full[number] - exact[number], number))
    assert found == [full[n] + (unit if by_fraction.index(n) < left else 0) for n in range(len(paid))]
