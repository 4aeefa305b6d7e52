"""Wordings compared: a person reads what changed, not that something did."""

from __future__ import annotations

import pytest

from rules.authoring.wording_changes import wording_changes, words_for

TEXT = """\
program: deal
title: Deal
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
members: {include: [{type: [dealer, agent]}]}
rebates:
  growth:
    period: quarter
    measure: revenue
    method: all_units
    tiers:
      - {from: 0, rate: 1%}   # the first step
      - {from: 10000, rate: 1.5%}
  fee: {period: month, measure: {constant: 1}, method: fixed, tiers: [{from: 1, pays: 250}]}
"""


@pytest.mark.parametrize(
    ("old", "new", "rebate", "words"),
    [
        ("rate: 1.5%", "rate: 1.75%", "growth", "tier 2: 1.5 % → 1.75 %"),
        ("from: 10000", "from: 12500.5", "growth", "tier 2: from: 10,000 → 12,500.5"),
        ("rate: 1.5%", "rate: 0.25 per case", "growth", "tier 2: 1.5 % → 0.25 per case"),
        ("      - {from: 10000, rate: 1.5%}\n", "", "growth", "tier 2: from 10,000 rate 1.5 % → none"),
        ("rate: 1.5%}", "rate: 1.5%, pays: 7}", "growth", "tier 2: pays: none → 7"),
        ("pays: 250", "pays: 300", "fee", "tier 1: pays: 250 → 300"),
        ("pays: 250", "pays: 300", "growth", "fee: tier 1: pays: 250 → 300"),
        ("period: quarter", "period: half\n    unit: box", "growth", "period: quarter → half, unit: none → box"),
        ("[dealer, agent]", "dealer", "fee", "members include: type dealer, agent → type dealer"),
        ("to: 2026-12-31", "to: 2026-06-30", "fee", "effective to: 2026-12-31 → 2026-06-30"),
        ("currency: USD", "currency: USD\nbudget: 86000", "growth", "budget: none → 86,000"),
        ("  fee:", "  fees:", "fee", "the rebate was taken out"),
        ("  fee:", "  fees:", "fees", "the rebate is new"),
        ("   # the first step", "", "growth", "only its texts, tests or comments"),
        ("title: Deal", "title: Best deal", "growth", "only its texts, tests or comments"),
    ],
)  # fmt: skip
def test_what_differs_is_said_in_words(old: str, new: str, rebate: str, words: str) -> None:
    assert words_for(wording_changes(TEXT, TEXT.replace(old, new)), rebate) == words


def test_a_program_that_came_or_went_is_said_so() -> None:
    assert words_for(wording_changes("", TEXT), "growth") == "the program is new"
    assert words_for(wording_changes(TEXT, ""), "growth") == "the program was taken out"


def test_another_calendar_is_told_by_its_periods() -> None:
    one, other = (f"{TEXT}\n--- # calendar shop\ncalendar: shop\nweeks: {weeks}\n" for weeks in ("4-4-5", "4-5-4"))
    assert words_for(wording_changes(one, other), "growth") == "the periods of its calendar"
