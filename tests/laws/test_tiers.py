"""Scales against a slow oracle, written from the contract's words and not from the engine's segments."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.authoring.calc import calc
from rules.loading.load import read_programs
from rules.rating.tiers import compile_tiers, rate
from schemas.types import VALUE

STEP = Decimal("1E-10")
HEAD = """
program: {name}
title: P
reference: r
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
rebates:
"""


@dataclass(frozen=True)
class Step:
    bound: Decimal
    is_strict: bool
    share: Decimal
    fixed: Decimal

    def reached(self, qualifier: Decimal) -> bool:
        return qualifier > self.bound if self.is_strict else qualifier >= self.bound


@dataclass(frozen=True)
class Scale:
    method: str
    is_quantity: bool
    steps: tuple[Step, ...]

    def text(self) -> str:
        measure = "measure: quantity, unit: case" if self.is_quantity else "measure: revenue"
        return f"{{period: year, {measure}, method: {self.method}, tiers: [{', '.join(map(self._tier, self.steps))}]}}"

    def _tier(self, step: Step) -> str:
        rate_text = f"{step.share:f} per case" if self.is_quantity else f"{step.share * 100:f}%"
        paid = "" if self.method == "fixed" else f"rate: {rate_text}, "
        return f"{{{'above' if step.is_strict else 'from'}: {step.bound:f}, {paid}pays: {step.fixed:f}}}"


def owed(scale: Scale, qualifier: Decimal, measure: Decimal) -> tuple[int, Decimal]:
    """Pay as the contract says, slice by slice."""
    reached = [step for step in scale.steps if step.reached(qualifier)]
    if not reached:
        return 0, Decimal(0)
    counted = max(measure, Decimal(0))
    if scale.method == "fixed":
        return len(reached), reached[-1].fixed
    if scale.method == "all_units":
        return len(reached), reached[-1].fixed + reached[-1].share * counted
    tops = [*(step.bound for step in reached[1:]), counted]
    slices = zip(reached, tops, strict=True)
    return len(reached), sum((step.fixed + step.share * (top - step.bound) for step, top in slices), Decimal(0))


def amounts(largest: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(0, largest, places=places) | st.integers(0, largest).map(Decimal)


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    bounds = draw(st.lists(amounts(10**9, 10), min_size=1, max_size=5, unique=True))
    is_quantity = draw(st.booleans())
    shares = amounts(1000, 8) if is_quantity else amounts(1, 8)
    steps = tuple(
        Step(bound, draw(st.booleans()), draw(shares), draw(amounts(10**6, 4) | st.just(Decimal(0))))
        for bound in sorted(bounds)
    )
    return Scale(draw(st.sampled_from(["all_units", "marginal", "fixed"])), is_quantity, steps)


@st.composite
def scales_with_figures(draw: st.DrawFn) -> list[tuple[Scale, list[tuple[Decimal, Decimal]]]]:
    return [(scale, draw(figures_for(scale))) for scale in draw(st.lists(scales(), min_size=1, max_size=3))]


@st.composite
def figures_for(draw: st.DrawFn, scale: Scale) -> list[tuple[Decimal, Decimal]]:
    on = [step.bound for step in scale.steps]
    beside = [bound + side for bound in on for side in (-STEP, Decimal(0), STEP)]
    free = draw(st.lists(st.decimals(-(10**6), 10**10, places=10), max_size=5))
    qualifiers = [*beside, *free]
    if scale.method == "marginal":
        return [(qualifier, qualifier) for qualifier in qualifiers]
    return [(qualifier, draw(st.decimals(-(10**6), 10**10, places=10))) for qualifier in qualifiers]


def programs_of(*chosen: Scale, name: str = "p") -> str:
    return HEAD.format(name=name) + "".join(f"  r{number}: {scale.text()}\n" for number, scale in enumerate(chosen))


def frame(rows: list[tuple[str, Decimal, Decimal]]) -> pl.DataFrame:
    schema = {"program": pl.String(), "rebate": pl.String(), "qualifier": VALUE, "measure": VALUE}
    figures = [("p", name, qualifier, measure) for name, qualifier, measure in rows]
    return pl.DataFrame(figures, schema=schema, orient="row").with_row_index("row")


@settings(deadline=None)
@given(scales_with_figures())
def test_every_scale_pays_what_the_contract_says_exactly(
    chosen: list[tuple[Scale, list[tuple[Decimal, Decimal]]]],
) -> None:
    programs = read_programs({"p.yaml": programs_of(*(scale for scale, _ in chosen))})
    cases = [(number, scale, *row) for number, (scale, figures) in enumerate(chosen) for row in figures]
    values = frame([(f"r{number}", qualifier, measure) for number, _, qualifier, measure in cases])
    found = rate(values.lazy(), compile_tiers(programs)).collect().sort("row").select("tier", "unrounded").rows()
    with localcontext(prec=60):
        assert found == [owed(scale, qualifier, measure) for _, scale, qualifier, measure in cases]


@settings(deadline=None)
@given(scales().flatmap(lambda scale: st.tuples(st.just(scale), figures_for(scale))))
def test_a_payout_is_rounded_once_halves_away_from_zero(case: tuple[Scale, list[tuple[Decimal, Decimal]]]) -> None:
    scale, figures = case
    programs = read_programs({"p.yaml": programs_of(scale)})
    values = frame([("r0", qualifier, measure) for qualifier, measure in figures])
    found = calc(programs, values.with_columns(member_id=pl.lit("M"))).select("payout", "unrounded").rows()
    context = Context(prec=60, rounding=ROUND_HALF_UP)
    with localcontext(context):
        exact = [owed(scale, qualifier, measure)[1] for qualifier, measure in figures]
        assert found == [(amount.quantize(Decimal("0.01")), amount.quantize(STEP)) for amount in exact]


@settings(deadline=None)
@given(scales(), st.lists(st.decimals(0, 10**9, places=10), min_size=1, max_size=8), st.integers(0, 999))
def test_neither_row_order_nor_another_program_changes_a_payout(
    scale: Scale, figures: list[Decimal], seed: int
) -> None:
    alone = read_programs({"p.yaml": programs_of(scale)})
    beside = read_programs({"p.yaml": programs_of(scale), "o.yaml": programs_of(scale, scale, name="other")})
    values = frame([("r0", figure, figure) for figure in figures])
    shuffled = values.sample(fraction=1, shuffle=True, seed=seed)
    one = rate(values.lazy(), compile_tiers(alone)).collect().sort("row")
    two = rate(shuffled.lazy(), compile_tiers(beside)).collect().sort("row")
    assert one.equals(two)


@settings(deadline=None)
@given(scales(), st.lists(amounts(10**9, 10), min_size=1, max_size=8))
def test_marginal_never_jumps_falls_or_exceeds_all_units_with_rising_rates(
    scale: Scale, figures: list[Decimal]
) -> None:
    shares = sorted(step.share for step in scale.steps)
    steps = tuple(
        Step(step.bound, step.is_strict, share, Decimal(0)) for step, share in zip(scale.steps, shares, strict=True)
    )
    marginal, whole = (Scale(method, scale.is_quantity, steps) for method in ("marginal", "all_units"))
    programs = read_programs({"p.yaml": programs_of(marginal, whole)})
    points = sorted({*figures, *(step.bound for step in steps)})
    rows = [
        (name, point + side, point + side) for name in ("r0", "r1") for point in points for side in (Decimal(0), STEP)
    ]
    paid = rate(frame(rows).lazy(), compile_tiers(programs)).collect().sort("row")
    slices = paid.filter(rebate="r0")["unrounded"].to_list()
    assert all(before <= after for before, after in pairwise(slices))
    assert all(after - before <= shares[-1] * STEP for before, after in zip(slices[::2], slices[1::2], strict=True))
    assert all(part <= all_of_it for part, all_of_it in zip(slices, paid.filter(rebate="r1")["unrounded"], strict=True))
