"""Proration against an oracle in fractions, written from the contract's words: bounds and amounts times the part."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor
from typing import NamedTuple

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.compiled.provision_table import compile_provisions
from rules.loading.load import read_programs
from rules.money import round_money
from rules.rating.proration import rate_by_days
from rules.rating.tiers import compile_tiers
from schemas.errors import RuleError
from schemas.types import VALUE

AT, ABOVE = False, True
TEXT = """
program: p
title: P
reference: r
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
prorate: {prorate}
rebates:
  r: {{period: year, measure: {measure}, method: {method}, tiers: [{tiers}]}}
"""


class Point(NamedTuple):
    """A tier as drawn."""

    bound: Decimal
    is_strict: bool
    rate: Decimal
    pays: Decimal
    every: Decimal
    cap: Decimal | None


def wide(most: int, places: int) -> st.SearchStrategy[Decimal]:
    """Draw numbers of every size and fineness, up to `most`."""
    return st.integers(0, places).flatmap(
        lambda fine: st.integers(0, len(str(most)) - 1).flatmap(
            lambda size: st.integers(0, 10 ** (size + fine)).map(lambda number: Decimal(number).scaleb(-fine))
        )
    )


def points(rates: st.SearchStrategy[Decimal]) -> st.SearchStrategy[list[Point]]:
    every = wide(10**4, 4).filter(bool)
    point = st.builds(Point, wide(10**7, 10), st.booleans(), rates, wide(10**5, 4), every, every | st.none())
    return st.lists(point, min_size=1, max_size=4, unique_by=lambda drawn: drawn.bound).map(sorted)


PARTS = st.integers(1, 366).flatmap(lambda whole: st.tuples(st.integers(1, whole), st.just(whole)))
FIGURES = st.lists(wide(10**8, 10), max_size=5)
RATES = st.decimals(0, 1, places=8)


def written(scale: list[Point], method: str) -> str:
    texts = []
    for point in scale:
        parts = [f"{'above' if point.is_strict else 'from'}: {point.bound:f}"]
        if method not in {"fixed", "per_multiple"}:
            parts.append(f"rate: {point.rate * 100:f}%")
        if method != "sliding":
            parts.append(f"pays: {point.pays:f}")
        if method == "per_multiple":
            parts.append(f"every: {point.every:f}")
        if method == "all_units" and point.cap is not None:
            parts.append(f"measure_cap: {point.cap:f}")
        texts.append("{" + ", ".join(parts) + "}")
    return ", ".join(texts)


def rated(text: str, measures: list[Decimal], part: tuple[int, int], prorate: str = "thresholds") -> pl.DataFrame:
    programs = read_programs({"p.yaml": text})
    rows = [("p", "r", measure, measure, prorate, *part, 2, "") for measure in measures]
    schema = pl.Schema({
        "program": pl.String(), "rebate": pl.String(), "qualifier": VALUE, "measure": VALUE, "prorate": pl.String(),
        "days": pl.Int32(), "period_days": pl.Int32(), "minor_digits": pl.Int32(), "note": pl.String(),
    })  # fmt: skip
    values = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("row").lazy()
    found = rate_by_days(values, compile_tiers(programs), compile_provisions(programs)).sort("row")
    return found.with_columns(cents=round_money(pl.col("unrounded"), pl.col("minor_digits"))).collect()


def owed(scale: list[Point], method: str, measure: Decimal, part: Fraction) -> tuple[int, Fraction]:
    """Give the tier, and the pay of `measure`, on the scale whose bounds, amounts, multiples and caps are cut."""
    m = Fraction(measure)
    cut = [(p.is_strict, Fraction(p.bound) * part, Fraction(p.rate), Fraction(p.pays) * part) for p in scale]
    entered = [row for row in cut if m > row[1] or (m == row[1] and not row[0])]
    if not entered:
        return 0, Fraction(0)
    tier, last, (_, lower, rate, pays) = len(entered), scale[len(entered) - 1], entered[-1]
    if method == "all_units":
        pay = pays + rate * (m if last.cap is None else min(m, Fraction(last.cap) * part))
    elif method == "marginal":
        ends = [*(bound for _, bound, _, _ in entered[1:]), m]
        pay = sum((f + r * (end - b) for (_, b, r, f), end in zip(entered, ends, strict=True)), Fraction(0))
    elif method == "fixed":
        pay = pays
    elif method == "each_reached":
        pay = sum((f + r * m for _, _, r, f in entered), Fraction(0))
    elif method == "per_multiple":
        pay = pays * (m // (Fraction(last.every) * part))
    elif tier == len(scale):
        pay = rate * m
    else:
        pay = m * (rate + (cut[tier][2] - rate) * (m - lower) / (cut[tier][1] - lower))
    return tier, pay


def nearest(exact: Fraction) -> Decimal:
    with localcontext(prec=60):
        return Decimal(floor(exact * 100 + Fraction(1, 2))).scaleb(-2)


def around(scale: list[Point], free: list[Decimal], part: Fraction) -> list[Decimal]:
    """Take the figures next to every prorated bound and multiple too, on both sides."""
    edges = [
        figure * part for p in scale for figure in (Fraction(p.bound), Fraction(p.every) * 3, Fraction(p.cap or 0))
    ]
    units = [floor(edge * 10**10) + side for edge in edges for side in (-1, 0, 1, 2)]
    return [*free, *(Decimal(unit).scaleb(-10) for unit in units if unit >= 0)]


@settings(deadline=None, max_examples=60)
@given(
    points(RATES), FIGURES, PARTS, st.sampled_from(["all_units", "marginal", "fixed", "each_reached", "per_multiple"])
)
@example([Point(Decimal(7), ABOVE, Decimal("0.1"), Decimal(1), Decimal(3), None)], [], (1, 3), "all_units")
@example([Point(Decimal("7.0000000001"), ABOVE, Decimal("0.1"), Decimal(1), Decimal(3), None)], [], (3, 4), "all_units")
@example([Point(Decimal(1), AT, Decimal(1), Decimal(0), Decimal(1), Decimal(1))], [], (11, 169), "all_units")
@example([Point(Decimal(0), AT, Decimal(0), Decimal("0.01"), Decimal(1), None)], [Decimal(1)], (1, 2), "fixed")
def test_prorated_thresholds_pay_the_exact_fraction_to_the_cent(
    scale: list[Point], free: list[Decimal], part: tuple[int, int], method: str
) -> None:
    measures = around(scale, free, Fraction(*part))
    text = TEXT.format(prorate="thresholds", measure="revenue", method=method, tiers=written(scale, method))
    found = rated(text, measures, part)
    due = [owed(scale, method, measure, Fraction(*part)) for measure in measures]
    assert found["tier"].to_list() == [tier for tier, _ in due]
    assert found["cents"].to_list() == [nearest(amount) for _, amount in due]
    assert all(0 <= amount - Fraction(paid) < Fraction(1, 10**18)
               for (_, amount), paid in zip(due, found["unrounded"], strict=True))  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(wide(10**9, 4), wide(10**4, 8)), min_size=2, max_size=4, unique_by=lambda drawn: drawn[0]),
    FIGURES,
    PARTS,
)
def test_a_prorated_line_is_exact_or_refused(
    drawn: list[tuple[Decimal, Decimal]], free: list[Decimal], part: tuple[int, int]
) -> None:
    one = Decimal(1)
    scale = [Point(bound, AT, rate, one, one, None) for bound, rate in sorted(drawn)]
    tiers = ", ".join(f"{{from: {p.bound:f}, rate: {p.rate:f} per m}}" for p in scale)
    text = TEXT.format(prorate="thresholds", measure="quantity, unit: m", method="sliding", tiers=tiers)
    measures = around(scale, free, Fraction(*part))
    try:
        found = rated(text, measures, part)
    except RuleError as error:
        assert {"exactly" in str(problem) for problem in error.problems} == {True}  # noqa: PT017  # either may happen
        return
    for measure, tier, paid in zip(measures, found["tier"], found["unrounded"], strict=True):
        reached, amount = owed(scale, "sliding", measure, Fraction(*part))
        assert tier == reached
        assert 0 <= amount - Fraction(paid) < Fraction(1, 10**18)


@settings(deadline=None, max_examples=30)
@given(points(RATES), FIGURES, PARTS)
def test_a_prorated_payout_is_the_part_of_the_whole_one(
    scale: list[Point], free: list[Decimal], part: tuple[int, int]
) -> None:
    measures = around(scale, free, Fraction(1))
    text = TEXT.format(prorate="payout", measure="revenue", method="marginal", tiers=written(scale, "marginal"))
    found = rated(text, measures, part, "payout")
    due = [owed(scale, "marginal", measure, Fraction(1)) for measure in measures]
    assert found["tier"].to_list() == [tier for tier, _ in due]
    assert [Fraction(rated) for rated in found["rated"]] == [amount for _, amount in due]
    assert found["cents"].to_list() == [nearest(amount * Fraction(*part)) for _, amount in due]


@settings(deadline=None, max_examples=30)
@given(points(RATES), FIGURES, st.integers(1, 366), st.sampled_from(["all_units", "marginal", "per_multiple"]))
def test_the_whole_period_is_no_proration(scale: list[Point], free: list[Decimal], days: int, method: str) -> None:
    measures = around(scale, free, Fraction(1))
    tiers = written(scale, method)
    found = [rated(TEXT.format(prorate=prorate, measure="revenue", method=method, tiers=tiers), measures, (days, days),
                   prorate).select("tier", "rated", "unrounded", "note").rows()
             for prorate in ("none", "thresholds", "payout")]  # fmt: skip
    assert found[0] == found[1] == found[2]


@settings(deadline=None, max_examples=30)
@given(points(RATES), FIGURES, PARTS, st.integers(1, 50))
def test_only_the_part_counts_and_not_the_days_it_is_made_of(
    scale: list[Point], free: list[Decimal], part: tuple[int, int], times: int
) -> None:
    text = TEXT.format(prorate="thresholds", measure="revenue", method="marginal", tiers=written(scale, "marginal"))
    measures = around(scale, free, Fraction(*part))
    columns = ["tier", "unrounded"]
    longer = (part[0] * times, part[1] * times)
    assert rated(text, measures, part).select(columns).equals(rated(text, measures, longer).select(columns))
