"""What each_reached, sliding, per_multiple and a capped tier pay, and which files about them are refused."""

from __future__ import annotations

import re
from decimal import Decimal

import polars as pl
import pytest

from rules.authoring.calc import calc
from rules.loading.load import read_programs
from rules.rating.tiers import compile_tiers
from schemas.errors import ExtractError, RuleError

HEAD = """\
program: p
title: P
reference: r
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
"""
TEXT = f"""{HEAD}\
  reached:
    period: year
    measure: revenue
    method: each_reached
    tiers: [{{from: 0, rate: 10%}}, {{from: 1000, rate: 25%, pays: 5}}, {{above: 2000, pays: 7}}]
  line:
    period: year
    measure: revenue
    method: sliding
    tiers: [{{from: 1000, rate: 1%}}, {{from: 4000, rate: 3%}}, {{above: 5000, rate: 2%}}]
  packs:
    period: year
    measure: quantity
    unit: case
    method: per_multiple
    tiers: [{{from: 0, pays: 2, every: 100}}, {{from: 1000, pays: 3.5, every: 12.5}}]
  capped:
    period: year
    qualifier: revenue
    measure: quantity
    unit: case
    method: all_units
    tiers: [{{from: 100, rate: 2 per case, pays: 1, measure_cap: 50.5}}, {{from: 200, rate: 3 per case}}]
"""
STEEP = """\
measure: quantity, unit: m, method: sliding, tiers: [{from: 0, rate: 9000 per m},
  {from: 500000000000000, rate: 0 per m}]
"""
PROGRAMS = read_programs({"p.yaml": TEXT})


def paid(*rows: tuple[str, str, str]) -> list[tuple[int, Decimal, Decimal]]:
    figures = [(rebate, "M", qualifier, measure) for rebate, qualifier, measure in rows]
    values = pl.DataFrame(figures, schema=["rebate", "member_id", "qualifier", "measure"], orient="row")
    return calc(PROGRAMS, values).select("tier", "payout", "unrounded").rows()


def problems_of(rebate: str) -> list[str]:
    with pytest.raises(RuleError) as caught:
        read_programs({"a.yaml": f"{HEAD}  r: {{period: year, {rebate}}}\n"})
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("rebate", "measure", "tier", "payout"),
    [
        ("reached", "-1", 0, "0"),
        ("reached", "999.99", 1, "99.999"),
        ("reached", "1000", 2, "355"),
        ("reached", "2000", 2, "705"),
        ("reached", "2000.01", 3, "712.0035"),
        ("line", "999.9999999999", 0, "0"),
        ("line", "1000", 1, "10"),
        ("line", "2500", 1, "50"),
        ("line", "4000", 2, "120"),
        ("line", "4500", 2, "112.5"),
        ("line", "5000", 2, "100"),
        ("line", "5000.01", 3, "100.0002"),
        ("line", "999999999999999", 3, "19999999999999.98"),
        ("packs", "99.9999999999", 1, "0"),
        ("packs", "100", 1, "2"),
        ("packs", "999", 1, "18"),
        ("packs", "1000", 2, "280"),
        ("packs", "1012.4999999999", 2, "280"),
        ("packs", "1012.5", 2, "283.5"),
        ("packs", "-5", 0, "0"),
    ],
)
def test_both_sides_of_every_bound(rebate: str, measure: str, tier: int, payout: str) -> None:
    [(reached, _, unrounded)] = paid((rebate, "", measure))
    assert (reached, unrounded) == (tier, Decimal(payout))


def test_a_slope_that_is_no_decimal_pays_the_exact_cent() -> None:
    # 1000.30 * (1% + 2% * 0.30 / 3000), and the one measure beside it
    [(_, _, below), (_, _, above)] = paid(("line", "", "1000.3"), ("line", "", "1000.4"))
    assert (below, above) == (Decimal("10.0050006000"), Decimal("10.0066677333"))


def test_a_cap_limits_the_measure_of_its_own_tier_only() -> None:
    rows = [("capped", "100", "50.4"), ("capped", "100", "50.6"), ("capped", "199", "999"), ("capped", "200", "999")]
    assert [unrounded for _, _, unrounded in paid(*rows)] == [Decimal("101.8"), 102, 102, 2997]


def test_a_sliding_qualifier_is_the_measure() -> None:
    with pytest.raises(ExtractError, match="moves with the measure, but the qualifier differs"):
        paid(("line", "1500", "2000"))


def test_what_is_too_large_names_the_rebate() -> None:
    text = TEXT.replace("pays: 2, every: 100", "pays: 999999999999, every: 0.0000001")
    values = pl.DataFrame({"rebate": ["packs"], "member_id": ["M"], "qualifier": ["1"], "measure": ["999999999"]})
    with pytest.raises(RuleError, match=r"^p, packs: what is paid on 999,999,999 is too large to be reckoned → look"):
        calc(read_programs({"p.yaml": text}), values)


def test_the_segments_of_a_line() -> None:
    line = compile_tiers(PROGRAMS).filter(rebate="line")
    assert line["b"].to_list() == [Decimal("0.01"), Decimal("0.03"), Decimal("0.02")]
    assert line.select("rise", "run").rows() == [(1, 150_000), (-1, 100_000), (0, 1)]


@pytest.mark.parametrize(
    ("rebate", "problem"),
    [
        (
            "measure: revenue, method: sliding, tiers: [{from: 0, rate: 1%, pays: 5}]",
            "sliding pays rates, not amounts → write 'rate', or use fixed or all_units",
        ),
        ("measure: revenue, method: sliding, tiers: [{from: 0}]", "the tier says no rate → add 'rate', such as 3%"),
        (
            "measure: revenue, method: sliding, tiers: [{from: 5, rate: 1%}, {above: 5, rate: 2%}]",
            "two tiers stand at 5, and no line leads from one rate to the other → give each tier point",
        ),
        (
            "measure: revenue, method: sliding, tiers: [{from: 0.0000000001, rate: 0%}, {from: 700000000, rate: 1%}]",
            "the rate between 0.0000000001 and 700,000,000 cannot be reckoned exactly → write bounds and rates",
        ),
        (
            STEEP,
            "the rate between 0 and 500,000,000,000,000 cannot be reckoned exactly → write bounds and rates",
        ),
        (
            "measure: revenue, qualifier: {of: revenue, round: 0}, method: sliding, tiers: [{from: 0, rate: 1%}]",
            "sliding pays a rate that moves with the measure itself, which is not rounded → remove round",
        ),
        (
            "measure: quantity, qualifier: revenue, unit: m, method: sliding, tiers: [{from: 0, rate: 1 per m}]",
            "sliding pays a rate that moves with the measure, but another figure selects the tier → remove",
        ),
        (
            "measure: revenue, method: per_multiple, tiers: [{from: 0, rate: 1%, every: 3}]",
            "per_multiple pays amounts, not rates → write 'pays' and 'every'",
        ),
        (
            "measure: revenue, method: per_multiple, tiers: [{from: 0, pays: 1}]",
            "the tier does not say for how many it pays → add 'every', such as every: 100",
        ),
        (
            "measure: revenue, method: per_multiple, tiers: [{from: 0, every: 3}]",
            "the tier says no amount → add 'pays': what is paid for every full multiple",
        ),
        (
            "measure: revenue, method: per_multiple, tiers: [{from: 0, pays: 1, every: 0}]",
            "every is '0' → write a number above zero",
        ),
        (
            "measure: revenue, method: marginal, tiers: [{from: 0, rate: 1%, measure_cap: 5}]",
            "only all_units can be capped in a tier → remove it, or use all_units",
        ),
        (
            "measure: revenue, method: all_units, tiers: [{from: 0, rate: 1%, measure_cap: -5}]",
            "measure_cap is '-5' → write a number above zero",
        ),
        ("measure: revenue, method: each_reached, tiers: [{from: 0}]", "the tier pays nothing → add 'rate' or 'pays'"),
    ],
)
def test_what_a_method_cannot_mean_is_refused_once(rebate: str, problem: str) -> None:
    [found] = problems_of(rebate)
    place, said = found.split(": ", 1)
    assert re.fullmatch(r"a\.yaml:[78]:[0-9]+", place)
    assert said.startswith(problem)
