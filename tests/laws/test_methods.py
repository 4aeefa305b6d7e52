"""The methods against an oracle in fractions, written from the contract's words; and what must hold between them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import floor

import polars as pl
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from rules.authoring.calc import calc
from rules.loading.load import read_programs
from rules.rating.tiers import compile_tiers, rate
from schemas.errors import RuleError
from schemas.types import VALUE
from tests.laws.examples import examples

STEP = Decimal("1E-10")
HEAD = """
program: p
title: P
reference: r
currency: {currency}
effective: {{from: 2026-01-01, to: 2026-12-31}}
rebates:
"""
DIGITS = {"JPY": 0, "USD": 2, "KWD": 3}

Point = tuple[Decimal, Decimal]
"""A bound, and a rate (a share of money) or an amount."""


def amounts(largest: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(0, largest, places=places) | st.integers(0, largest).map(Decimal)


def points(values: st.SearchStrategy[Decimal], largest: int = 10**8) -> st.SearchStrategy[list[Point]]:
    bounds = st.lists(amounts(largest, 2) | amounts(1000, 4), min_size=1, max_size=5, unique=True).map(sorted)
    return bounds.flatmap(lambda chosen: st.tuples(st.just(chosen), st.lists(values, min_size=5, max_size=5))).map(
        lambda drawn: list(zip(drawn[0], drawn[1], strict=False))
    )


def figures(largest: int = 10**9) -> st.SearchStrategy[list[Decimal]]:
    return st.lists(st.decimals(-1000, largest, places=10) | amounts(largest, 2), min_size=1, max_size=8)


def around(scale: list[Point], free: list[Decimal]) -> list[Decimal]:
    return [*free, *(bound + side for bound, _ in scale for side in (-STEP, Decimal(0), STEP))]


def tiers(scale: list[Point], pays: str, more: str = "") -> str:
    """Write a scale; `pays` is rate or pays."""
    sign, factor = ("%", 100) if pays == "rate" else ("", 1)
    return ", ".join(f"{{from: {bound:f}, {pays}: {value * factor:f}{sign}{more}}}" for bound, value in scale)


def pay(rebates: dict[str, str], measures: list[Decimal], currency: str = "USD") -> list[list[tuple[Decimal, Decimal]]]:
    """Give (payout, unrounded) on each measure, by rebate: method and tiers."""
    lines = (f"  {name}: {{period: year, measure: revenue, {rebate}}}\n" for name, rebate in rebates.items())
    programs = read_programs({"p.yaml": HEAD.format(currency=currency) + "".join(lines)})
    rows = [(name, "M", None, measure) for name in rebates for measure in measures]
    schema = {"rebate": pl.String(), "member_id": pl.String(), "qualifier": VALUE, "measure": VALUE}
    found = calc(programs, pl.DataFrame(rows, schema=schema, orient="row")).select("payout", "unrounded").rows()
    return [found[start : start + len(measures)] for start in range(0, len(found), len(measures))]


def whole(method: str, written: str) -> str:
    return f"method: {method}, tiers: [{written}]"


def nearest(exact: Fraction, places: int) -> Decimal:
    """Round a fraction of zero or more, halves up."""
    units = floor(exact * 10**places + Fraction(1, 2))
    with localcontext(prec=60):
        return Decimal(units).scaleb(-places)


def slid(scale: list[Point], measure: Decimal) -> Fraction:
    """Pay the whole measure at the rate on the line between the points around it."""
    if measure < scale[0][0]:
        return Fraction(0)
    for (left, share), (right, next_share) in pairwise(scale):
        if left <= measure < right:
            part = (Fraction(measure) - Fraction(left)) / (Fraction(right) - Fraction(left))
            return Fraction(measure) * (Fraction(share) * (1 - part) + Fraction(next_share) * part)
    return Fraction(measure) * Fraction(scale[-1][1])


@settings(deadline=None)
@given(points(amounts(1, 8)), figures(), st.sampled_from(sorted(DIGITS)))
@example([(Decimal(0), Decimal(0)), (Decimal(3), Decimal(1))], [Decimal("0.1224744871")], "USD")
@example([(Decimal(0), Decimal(0)), (Decimal(30000), Decimal("0.5"))], [Decimal("17.3205080756")], "USD")
def test_a_sliding_scale_pays_the_exact_fraction_rounded_once(
    scale: list[Point], free: list[Decimal], currency: str
) -> None:
    measures = around(scale, free)
    [found] = pay({"line": whole("sliding", tiers(scale, "rate"))}, measures, currency)
    exact = [slid(scale, measure) for measure in measures]
    assert [payout for payout, _ in found] == [nearest(amount, DIGITS[currency]) for amount in exact]
    assert [unrounded for _, unrounded in found] == [nearest(amount, 10) for amount in exact]


def wide(most: int, places: int) -> st.SearchStrategy[Decimal]:
    """Draw numbers of every size and fineness, up to `most`."""
    return st.integers(0, places).flatmap(
        lambda fine: st.integers(0, len(str(most)) - 1).flatmap(
            lambda size: st.integers(0, 10 ** (size + fine)).map(lambda number: Decimal(number).scaleb(-fine))
        )
    )


@examples(100)
@given(
    st.lists(st.tuples(wide(10**14, 10), wide(10**6, 8)), min_size=2, max_size=4, unique_by=lambda point: point[0]),
    st.lists(wide(10**14, 10), min_size=1, max_size=8),
)
def test_a_line_of_any_size_is_exact_or_refused(drawn: list[Point], free: list[Decimal]) -> None:
    scale = sorted(drawn)
    written = ", ".join(f"{{from: {bound:f}, rate: {value:f} per m}}" for bound, value in scale)
    rebate = f"  r: {{period: year, measure: quantity, unit: m, method: sliding, tiers: [{written}]}}\n"
    try:
        programs = read_programs({"p.yaml": HEAD.format(currency="USD") + rebate})
    except RuleError as error:
        assert {"exactly" in str(problem) for problem in error.problems} == {True}  # noqa: PT017  # either may happen
        return
    between = [(left + right) / 2 for (left, _), (right, _) in pairwise(scale)]
    measures = [figure.quantize(STEP) for figure in around(scale, [*free, *between])]
    rows = [("p", "r", measure, measure) for measure in measures]
    schema = {"program": pl.String(), "rebate": pl.String(), "qualifier": VALUE, "measure": VALUE}
    values = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("row").lazy()
    for measure, found in zip(measures, rate(values, compile_tiers(programs)).collect().sort("row")["unrounded"],
                              strict=True):  # fmt: skip
        owed = slid(scale, measure)
        if found is None:
            assert owed > Fraction(99 * 10**18)
        else:
            assert 0 <= owed - Fraction(found) < Fraction(1, 10**18)


@settings(deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 999))
def test_a_sliding_payout_next_to_half_a_cent_falls_on_the_right_side(run: int, cents: int, percent: int) -> None:
    """Take the two measures of ten decimals around the place where the payout passes a half cent."""
    rate = Fraction(percent, 100000)
    aim = Fraction(2 * cents + 1, 200)
    scale = [(Decimal(0), Decimal(0)), (Decimal(run), Decimal(percent).scaleb(-5))]
    # m * m * rate / run = aim, so m is the root of aim * run / rate, cut to ten decimals
    square = aim * run / rate
    low, high = 0, 10**19
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if Fraction(middle, 10**10) ** 2 <= square else (low, middle)
    measures = [Decimal(low).scaleb(-10), Decimal(high).scaleb(-10)]
    assume(measures[1] < run)
    [found] = pay({"line": whole("sliding", tiers(scale, "rate"))}, measures)
    assert [payout for payout, _ in found] == [nearest(slid(scale, measure), 2) for measure in measures]


@settings(deadline=None)
@given(
    points(amounts(10**4, 4)),
    st.lists(amounts(5000, 10).filter(lambda every: every > STEP * 10**7), min_size=5, max_size=5),
    figures(),
)
def test_every_full_multiple_is_paid_and_no_other(
    scale: list[Point], multiples: list[Decimal], free: list[Decimal]
) -> None:
    rows = list(zip(scale, multiples, strict=False))
    written = ", ".join(f"{{from: {bound:f}, pays: {amount:f}, every: {every:f}}}" for (bound, amount), every in rows)
    measures = [*around(scale, free), *(every * count + side for _, every in rows for count in (1, 3) for side in
                                        (-STEP, Decimal(0)))]  # fmt: skip
    measures = [measure for measure in measures if measure < 10**14]
    [found] = pay({"packs": whole("per_multiple", written)}, measures)
    for measure, (payout, _) in zip(measures, found, strict=True):
        reached = [row for row in rows if row[0][0] <= measure]
        owed = Fraction(0)
        if reached and measure > 0:
            (_, amount), every = reached[-1]
            owed = Fraction(amount) * (Fraction(measure) // Fraction(every))
        assert payout == nearest(owed, 2)


@settings(deadline=None)
@given(points(amounts(1, 8)), points(amounts(10**6, 4)), figures())
def test_each_reached_is_the_sum_of_its_tiers_and_never_below_all_units(
    shares: list[Point], fixed: list[Point], free: list[Decimal]
) -> None:
    measures = around(shares, around(fixed, free))
    for scale, pays in ((shares, "rate"), (fixed, "pays")):
        written = tiers(scale, pays)
        each, last = pay({n: whole(n.replace("-", "_"), written) for n in ("each-reached", "all-units")}, measures)
        for measure, (payout, unrounded), (_, one) in zip(measures, each, last, strict=True):
            factor = Fraction(max(measure, Decimal(0))) if pays == "rate" else Fraction(1)
            owed = sum((Fraction(value) * factor for bound, value in scale if bound <= measure), Fraction(0))
            assert payout == nearest(owed, 2)
            assert unrounded >= one


@settings(deadline=None)
@given(points(amounts(1, 8)), figures(), amounts(10**6, 10).filter(bool))
def test_a_capped_tier_pays_what_it_pays_on_its_cap(scale: list[Point], free: list[Decimal], cap: Decimal) -> None:
    measures = around(scale, free)
    capped, open_ended = pay(
        {"capped": whole("all_units", tiers(scale, "rate", f", measure_cap: {cap:f}")),
         "whole": whole("all_units", tiers(scale, "rate"))}, measures,
    )  # fmt: skip
    for measure, (payout, _), (_, unlimited) in zip(measures, capped, open_ended, strict=True):
        reached = [share for bound, share in scale if bound <= measure]
        counted = min(Fraction(max(measure, Decimal(0))), Fraction(cap))
        assert payout == nearest(counted * Fraction(reached[-1]) if reached else Fraction(0), 2)
        assert payout <= unlimited.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@settings(deadline=None)
@given(points(amounts(1, 8)), figures())
def test_more_is_never_paid_less_where_rates_and_amounts_rise(scale: list[Point], free: list[Decimal]) -> None:
    rising = [(bound, value) for (bound, _), value in zip(scale, sorted(v for _, v in scale), strict=True)]
    measures = sorted(around(rising, free))
    rates, paid = tiers(rising, "rate"), tiers(rising, "pays")
    rebates = {name: whole(name.replace("-", "_"), rates) for name in ("marginal", "all-units", "sliding")}
    rebates |= {"each-reached": whole("each_reached", tiers(scale, "rate")), "fixed": whole("fixed", paid)}
    rebates |= {"packs": whole("per_multiple", tiers(rising, "pays", ", every: 7"))}
    for found in pay(rebates, measures):
        assert all(before <= after for (_, before), (_, after) in pairwise(found))


@settings(deadline=None)
@given(points(amounts(1, 8)), figures())
def test_a_rising_line_lies_between_its_steps_and_a_level_one_is_a_flat_rate(
    scale: list[Point], free: list[Decimal]
) -> None:
    measures = around(scale, free)
    rising = [(bound, value) for (bound, _), value in zip(scale, sorted(v for _, v in scale), strict=True)]
    level = [(bound, scale[0][1]) for bound, _ in scale]
    rates = tiers(rising, "rate")
    line, steps, flat, first = pay(
        {"line": whole("sliding", rates), "steps": whole("all_units", rates),
         "flat": whole("sliding", tiers(level, "rate")), "first": whole("all_units", tiers(level[:1], "rate"))},
        measures,
    )  # fmt: skip
    assert all(sloped >= stepped for (_, sloped), (_, stepped) in zip(line, steps, strict=True))
    assert flat == first


@settings(deadline=None)
@given(points(amounts(1, 8)), amounts(10**8, 4), amounts(10**8, 4))
def test_a_purchase_split_in_two_periods_never_gains_where_rates_rise(
    scale: list[Point], one: Decimal, other: Decimal
) -> None:
    rising = [(bound, value) for (bound, _), value in zip(scale, sorted(v for _, v in scale), strict=True)]
    rates, packs = tiers(rising, "rate"), tiers(rising, "pays", ", every: 7")
    rebates = {name: whole(name.replace("-", "_"), rates) for name in ("marginal", "all-units", "sliding")}
    rebates |= {"each-reached": whole("each_reached", tiers(scale, "rate")), "packs": whole("per_multiple", packs)}
    for (_, first), (_, second), (_, both) in pay(rebates, [one, other, one + other]):
        # unrounded has ten decimals: two halves of the last may both have been rounded up
        assert first + second <= both + STEP
