"""Double payment: who may pay on the same transaction, by filters and days alone, and by what the data shows."""

from __future__ import annotations

import pytest

from rules.authoring.double_payment import MOST_NAMED, Found, Shared, double_payments
from rules.authoring.overlaps import meeting, payers
from rules.language.yaml_text import parse_yaml
from rules.loading.load import read_programs

TEXT = """\
program: {name}
title: P
reference: r
currency: USD
effective: {{from: {start}, to: 2026-12-31}}
{members}
rebates:
  {name}-a:
    {filters}
    period: year
    measure: {measure}
    method: fixed
    tiers: [{{from: 1, pays: 1}}]
"""
STACKED = """\
program: s
title: P
reference: r
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
  a: {period: year, measure: revenue, method: fixed, tiers: [{from: 1, pays: 1}], stack: {group: g, policy: additive}}
  b: {period: year, measure: revenue, method: fixed, tiers: [{from: 1, pays: 1}], stack: {group: g, policy: additive}}
  c: {period: year, measure: revenue, method: fixed, tiers: [{from: 1, pays: 1}]}
  d: {period: year, measure: {constant: 1}, method: fixed, tiers: [{from: 1, pays: 1}]}
  e: {period: year, measure: revenue, effective: {from: 2026-01-01, to: 2026-12-31}, method: fixed,
      tiers: [{from: 1, pays: 1}]}
"""


def text(
    name: str, *, members: str = "", filters: str = "", start: str = "2026-01-01", measure: str = "revenue"
) -> str:
    blank = "members: {}" if not members else f"members: {{{members}}}"
    made = TEXT.format(name=name, members=blank, filters=filters or "title: A", start=start, measure=measure)
    return made.replace("to: 2026-12-31", "to: 2025-12-31") if start.startswith("2025") else made


def meet(one: str, other: str) -> bool:
    programs = read_programs({"a.yaml": one, "b.yaml": other})
    met = meeting(payers(programs))
    assert met.shape == (2, 2)
    return bool(met[0, 1])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", True),
        ("include: [{type: dealer}]", "include: [{type: supplier}]", False),
        ("include: [{type: [dealer, group]}]", "include: [{type: [supplier, group]}]", True),
        ("include: [{type: dealer}]", "include: [{region: NA}]", True),
        ("include: [{type: dealer, region: NA}]", "include: [{type: dealer, region: EU}]", False),
        (
            "include: [{type: dealer, region: NA}, {type: group}]",
            "include: [{type: [dealer, group], region: EU}]",
            True,
        ),
        ("include: [{type: dealer}]", "exclude: [{type: dealer}]", False),
        ("include: [{type: [dealer, group]}]", "exclude: [{type: dealer}]", True),
        ("include: [{type: dealer}]", "exclude: [{type: dealer, region: NA}]", True),
        ("include: [{type: dealer, region: NA}]", "exclude: [{type: dealer, region: [NA, EU]}]", False),
        ("exclude: [{type: dealer}]", "exclude: [{type: group}]", True),
        ("include: [{type: dealer}], exclude: [{region: NA}]", "include: [{region: NA}]", False),
    ],
)
def test_members(one: str, other: str, *, expected: bool) -> None:
    left, right = text("x", members=one), text("y", members=other)
    assert meet(left, right) is expected
    assert meet(right.replace("program: y", "program: a"), left) is expected


@pytest.mark.parametrize("key", ["products", "transactions"])
def test_products_and_transactions(key: str) -> None:
    brakes = f"{key}: {{include: [{{kind: brakes}}]}}"
    filters = f"{key}: {{include: [{{kind: filters}}]}}"
    assert not meet(text("x", filters=brakes), text("y", filters=filters))
    assert meet(text("x", filters=brakes), text("y", filters=brakes))
    assert meet(text("x", filters=brakes), text("y"))


def test_the_products_of_the_measure_stand_for_those_of_the_rebate() -> None:
    own = text(
        "x", filters="products: {include: [{kind: a}]}", measure="{of: revenue, products: {include: [{kind: b}]}}"
    )
    assert meet(own, text("y", filters="products: {include: [{kind: b}]}"))
    assert not meet(own, text("y", filters="products: {include: [{kind: a}]}"))


def test_days() -> None:
    assert not meet(text("x", start="2025-01-01"), text("y"))
    assert meet(text("x"), text("y", start="2026-12-31"))


def said(files: dict[str, str], shared: Found | None) -> list[str]:
    programs = read_programs(files)
    marked = {program.id: parse_yaml(program.text, program.file) for program in programs}
    return [str(finding) for finding in double_payments(programs, marked, shared)]


def test_a_stack_settles_its_group_and_fees_pay_on_nothing() -> None:
    stack = "say with `stack` how they go together: additive, best_of, first_of or cascade"
    assert said({"s.yaml": STACKED}, None) == [
        f"s.yaml:7:3: 'a' and 'c' (s.yaml:9), 'e' (s.yaml:11) may both pay on the same transactions → {stack}",
        f"s.yaml:8:3: 'b' and 'c' (s.yaml:9), 'e' (s.yaml:11) may both pay on the same transactions → {stack}",
        f"s.yaml:9:3: 'c' and 'e' (s.yaml:11) may both pay on the same transactions → {stack}",
    ]


def test_data_knows_better_than_filters() -> None:
    files = {
        "x.yaml": text("x", members="include: [{type: dealer}]"),
        "y.yaml": text("y", members="include: [{region: NA}]"),
    }
    assert "may both pay" in said(files, None)[0]
    assert said(files, []) == []
    pair = [("y", "y-a"), ("x", "x-a")]
    assert said(files, [(pair, Shared(1000, "T-2")), (pair, Shared(234, "T-1"))]) == [
        (
            "x.yaml:1:1: 'x' and 'y' (y.yaml, 1,234 such as T-1) both pay on the same transactions → "
            "narrow the filters of one, unless both are meant to pay"
        )
    ]


def test_of_many_programs_the_first_are_named_and_the_others_counted() -> None:
    files = {f"{number:02}.yaml": text(f"p{number:02}") for number in range(MOST_NAMED + 3)}
    first, *_, last = said(files, None)
    assert "'p20' (20.yaml) and 2 more may both pay" in first
    assert "'p21' and 'p22' (22.yaml) may both pay" in last
    everyone = [(f"p{number:02}", f"p{number:02}-a") for number in range(MOST_NAMED + 3)]
    two = [("p00", "p00-a"), ("p22", "p22-a")]
    first, *_ = said(files, [(everyone, Shared(3, "T-2")), (two, Shared(5, "T-1"))])
    assert "'p20' (20.yaml, 3 such as T-2) and 2 more both pay" in first
