"""Amounts for members that buy nothing: named where a tier begins at nothing, and only there."""

from __future__ import annotations

import pytest

from rules.authoring.check import check_programs
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
    tiers:
{tiers}
"""
GROWTH = "measure: revenue; qualifier: {{growth_percent: revenue, baseline: previous_year, when_missing: {0}}}; "
SHARE = "products: {{include: [{{b: c}}]}}; measure: revenue; qualifier: {{share_percent: revenue, within: {{exclude: [{{b: d}}]}}, when_missing: {0}}}; "  # noqa: E501
FIXED = "method: fixed"


def found(more: str, *tiers: str) -> list[tuple[int, str, str]]:
    lines = "\n".join(f"      - {{{tier}}}" for tier in tiers)
    text = TEXT.format(more=more.replace("; ", "\n    "), tiers=lines)
    head = text[: text.index("tiers:")].count("\n") + 1
    findings = check_programs(read_programs({"p.yaml": text}))
    return [(f.at.line - head, f.found, f.todo) for f in findings if f.kind == "paid-for-nothing"]


@pytest.mark.parametrize(
    ("more", "tiers", "line", "amount"),
    [
        (f"measure: revenue; {FIXED}", ("from: 0, pays: 500", "from: 1000, pays: 900"), 1, "500"),
        (f"measure: orders; {FIXED}", ("from: 0, pays: 0.01",), 1, "0.01"),
        (f"measure: {{visits: completed}}; {FIXED}", ("from: 0, pays: 5",), 1, "5"),
        ("measure: revenue; method: all_units", ("from: 0, rate: 2%, pays: 7",), 1, "7"),
        ("measure: revenue; method: each_reached", ("from: 0, pays: 7", "from: 5, pays: 7"), 1, "7"),
        (GROWTH.format("zero") + FIXED, ("from: -5, pays: 10", "from: 5, pays: 20"), 1, "10"),
        (GROWTH.format("zero") + FIXED, ("from: -5, pays: 0", "from: 0, pays: 20"), 2, "20"),
        (GROWTH.format("skip") + FIXED, ("from: -100, pays: 10",), 1, "10"),
        (SHARE.format("zero") + FIXED, ("from: 0, pays: 10",), 1, "10"),
        ("measure: revenue; qualifier: {target_percent: revenue, when_missing: skip}; " + FIXED,
         ("from: 0, pays: 10",), 1, "10"),
    ],
)  # fmt: skip
def test_a_tier_that_pays_for_nothing_is_named(more: str, tiers: tuple[str, ...], line: int, amount: str) -> None:
    [(where, said, _)] = found(more, *tiers)
    assert where == line
    assert said.endswith(f"are paid {amount}")


@pytest.mark.parametrize(
    ("more", "tiers"),
    [
        (f"measure: revenue; {FIXED}", ("above: 0, pays: 500",)),
        (f"measure: revenue; {FIXED}", ("from: 0.01, pays: 500",)),
        (f"measure: revenue; {FIXED}", ("from: 0, pays: 0", "from: 1, pays: 5")),
        ("measure: revenue; method: all_units", ("from: 0, rate: 2%",)),
        ("measure: revenue; method: per_multiple", ("from: 0, pays: 5, every: 10",)),
        (f"measure: {{constant: 1}}; {FIXED}", ("from: 0, pays: 500",)),
        (f"measure: revenue; guarantee: {{amount: 9, unconditional: true}}; {FIXED}", ("from: 0, pays: 5",)),
        (GROWTH.format("skip") + FIXED, ("from: 0, pays: 10",)),
        (GROWTH.format("zero") + FIXED, ("from: 0.1, pays: 10",)),
        (SHARE.format("skip") + FIXED, ("from: 0, pays: 10",)),
    ],
)
def test_what_needs_a_purchase_is_not(more: str, tiers: tuple[str, ...]) -> None:
    assert found(more, *tiers) == []


def test_the_advice_is_heard_and_leaves_nothing_to_say() -> None:
    _, said, todo = found(f"measure: revenue; {FIXED}", "from: 0, pays: 500")[0]
    assert said == "members that buy nothing reach this tier, at 0, and are paid 500"
    assert todo == (
        "begin above 0 ({above: 0}), or say that all are meant by a guarantee: {amount: 500, unconditional: true}"
    )
    assert found(f"measure: revenue; {FIXED}", "above: 0, pays: 500") == []
    advised = "guarantee: {amount: 500, unconditional: true}"
    assert found(f"measure: revenue; {advised}; {FIXED}", "above: 0, pays: 500") == []
