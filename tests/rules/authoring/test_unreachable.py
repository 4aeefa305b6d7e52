"""Tiers that no figure reaches or that change nothing: warned of when it is certain, and only then."""

from __future__ import annotations

import pytest

from rules.authoring.scale_walk import walks_of
from rules.authoring.unreachable import unreachable_tiers
from rules.language.yaml_text import parse_yaml
from rules.loading.load import read_programs

TEXT = """\
program: p
title: P
reference: r
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
rebates:
  a:
    period: year
    {more}
    method: {method}
    tiers:
{tiers}
"""
NEVER = "it is never reached"
GROWTH = "measure: revenue; qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip, round: 0}"
SHARE = (
    "measure: revenue; products: {include: [{brand: Pro}]}; "
    "qualifier: {share_percent: revenue, within: {exclude: [{brand: Old}]}, when_missing: skip}"
)


def found(method: str, more: str, *tiers: str) -> list[tuple[int, str]]:
    lines = "\n".join(f"      - {{{tier}}}" for tier in tiers)
    text = TEXT.format(method=method, more=more.replace("; ", "\n    "), tiers=lines)
    [program] = read_programs({"p.yaml": text})
    head = text[: text.index("tiers:")].count("\n") + 1
    findings = unreachable_tiers(program, parse_yaml(text, "p.yaml"), walks_of(program))
    return [(finding.at.line - head, finding.found) for finding in findings]


@pytest.mark.parametrize(
    ("more", "tiers", "expected"),
    [
        (GROWTH, ("from: 2, pays: 1", "from: 4.1, pays: 2", "from: 4.9, pays: 3"), [2]),
        (GROWTH, ("from: 2, pays: 1", "from: 4.1, pays: 2", "from: 5, pays: 3"), [2]),
        (GROWTH, ("from: 2, pays: 1", "from: 4.1, pays: 2", "above: 5, pays: 3"), []),  # 5 lies in it
        (GROWTH, ("above: 2, pays: 1", "from: 3, pays: 2"), [1]),
        (
            "measure: revenue; qualifier: orders",
            ("from: 10, pays: 1", "above: 10.2, pays: 2", "from: 11, pays: 3"),
            [2],
        ),
        ("measure: orders", ("from: 10, pays: 1", "above: 10, pays: 2", "from: 11.5, pays: 3"), []),
        ("measure: revenue", ("from: 10, pays: 1", "above: 10.2, pays: 2", "from: 10.3, pays: 3"), []),
    ],
)
def test_tiers_between_the_figures_that_there_are(more: str, tiers: tuple[str, ...], expected: list[int]) -> None:
    said = found("fixed", more, *tiers)
    assert [line for line, _ in said] == expected
    assert all(NEVER in text for _, text in said)


def test_a_constant_reaches_one_tier() -> None:
    tiers = ("from: 1, pays: 5", "from: 2, pays: 7")
    assert found("fixed", "measure: {constant: 1}", *tiers) == [
        (2, "the qualifier is always 1: it never is in this tier")
    ]
    assert found("fixed", "measure: {constant: 2}", *tiers)[0][0] == 1


def test_a_share_is_a_part_of_its_whole() -> None:
    assert found("fixed", SHARE, "from: 50, pays: 1", "from: 100, pays: 2") == []
    [(line, said)] = found("fixed", SHARE, "from: 50, pays: 1", "above: 100, pays: 2")
    assert line == 2
    assert "100% at most" in said


@pytest.mark.parametrize(
    ("method", "tiers", "expected"),
    [
        ("all_units", ("from: 0, rate: 2%", "from: 100, rate: 2%"), [2]),
        ("all_units", ("from: 0, rate: 2%, measure_cap: 50", "from: 100, rate: 2%, measure_cap: 50"), [2]),
        ("all_units", ("from: 0, rate: 2%, measure_cap: 50", "from: 100, rate: 2%"), []),
        ("all_units", ("from: 0, rate: 2%", "from: 100, rate: 2%, pays: 1"), []),
        ("marginal", ("from: 0, rate: 2%", "from: 100, rate: 2%"), [2]),
        ("marginal", ("from: 0, rate: 2%", "from: 100, rate: 3%"), []),
        ("each_reached", ("from: 0, rate: 2%", "from: 100, rate: 0%"), [2]),
        ("fixed", ("from: 0, pays: 2", "from: 100, pays: 2"), [2]),
        ("sliding", ("from: 0, rate: 2%", "from: 100, rate: 2%", "from: 200, rate: 3%"), []),
        ("per_multiple", ("from: 0, pays: 2, every: 10", "from: 100, pays: 2, every: 20"), []),
        ("per_multiple", ("from: 0, pays: 2, every: 10", "from: 100, pays: 2, every: 10"), [2]),
    ],
)
def test_a_tier_that_says_the_same_as_the_one_before(method: str, tiers: tuple[str, ...], expected: list[int]) -> None:
    assert [line for line, _ in found(method, "measure: revenue", *tiers)] == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("600", []), ("500.01", []), ("500", [3]), ("200.01", [3]), ("200", [2, 3])],
)
def test_tiers_above_a_limit_change_nothing(limit: str, expected: list[int]) -> None:
    tiers = ("from: 0, rate: 2%", "from: 10000, rate: 3%", "from: 20000, rate: 4%")
    said = found("marginal", f"measure: revenue; limits: {{per_member: {limit}}}", *tiers)
    assert [line for line, _ in said] == expected
    assert all("limit" in text for _, text in said)
