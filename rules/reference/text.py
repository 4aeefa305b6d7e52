"""Texts of the reference page besides the model: introduction, methods, calendars, and an example of every key."""

from __future__ import annotations

from types import MappingProxyType

PROGRAM = """\
program: growth-2026
title: {en: Growth programme 2026, ja: 2026年度成長プログラム}
reference: Agreement 2026-014, clause 3
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
members:
  include: [{type: dealer, region: [NA, EU]}]
rebates:
  growth:
    period: year
    settle: quarter
    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip, round: 0}
    measure: revenue
    method: fixed
    tiers:
      - {from: 2, to: 4, pays: 2000}
      - {from: 5, to: 7, pays: 3000}
      - {above: 7, pays: 4000}
  volume:
    products: {include: [{category: brakes}]}
    period: quarter
    measure: quantity
    unit: case
    method: marginal
    tiers:
      - {from: 0, rate: 0.25 per case}
      - {from: 1000, rate: 0.40 per case}
tests:
  - {rebate: growth, when: {qualifier: 1.4}, pays: 0}
  - {rebate: growth, when: {qualifier: 2}, pays: 2000}
  - {rebate: growth, when: {qualifier: 7}, pays: 3000}
  - {rebate: growth, when: {qualifier: 8}, pays: 4000}
  - {rebate: volume, when: {measure: 999}, pays: 249.75}
  - {rebate: volume, when: {measure: 1500}, pays: 450}
"""
"""A program of two rebates, shown first."""

INTRODUCTION = """\
A rule file is one program: one agreement with its partners. It is written in YAML: names and values, a colon between
them, lists in square brackets or with a dash a line. `rebatch check` reads it, names every mistake with its line, and
works out the file's own tests. Unknown keys are refused, and nothing is assumed that the file does not say.

Three words carry the rest. The **measure** is the figure a rate is multiplied by. The **qualifier** is the figure that
selects the tier: the measure, unless the file says otherwise. A **tier** runs from its bound to the next tier's, and
the last one is open: so there is no gap and no overlap. Below the first tier nothing is paid.

Slices of `marginal` and the line of `sliding` are of the measure itself: no other qualifier can be given with them.

Amounts are exact and rounded once, to the currency's smallest unit, halves away from zero.
"""

CALENDARS = """\
## Periods and calendars

A calendar is a file of its own among the rule files. These are three, of the three kinds:

```yaml
calendar: retail          # fiscal 2023 has 53 weeks and ends on 3 February 2024
weeks: 4-5-4
ends: {weekday: saturday, month: 1, on: nearest}
named_after: start
```

```yaml
calendar: april           # fiscal 2026 begins on 1 April 2026
starts: 04-01
named_after: start
```

```yaml
calendar: house           # every period one by one, whole years, 12 or 13 periods each
periods:
  - {period: 2026-P01, from: 2025-12-29, to: 2026-01-25}
  - {period: 2026-P02, from: 2026-01-26, to: 2026-02-22}
```

Periods are named 2026-03 in the gregorian calendar and 2026-P03 in one of your own; then 2026-Q1, 2026-H1 and 2026 in
both, and program for the whole of one. Targets and baselines name their periods so. A month is a month of the calendar,
a quarter three of them; a year of 13 periods has neither quarters nor halves.

Growth compares by number: the third month with the third month a year earlier, whether it has four weeks or five; what
is settled through the third month is compared with the first three. Totals are compared, unless the rebate says
`compare: like_for_like`: then the baseline is taken per day, for as many days as the period has. A list is never
continued by guess: a program, or the growth of its first period, that reaches beyond it is refused.

A rate that changes on a day is two rebates whose `effective` adjoin; they meet where a period ends.
"""
"""What a calendar means for periods, placed after the keys of its file."""

METHODS = MappingProxyType(
    {
        "all_units": (
            "`pays` + `rate` times the measure, all of it or up to the `measure_cap`, once the tier is reached",
            "3% of 1,500 = 45",
        ),
        "marginal": (
            "each slice of the measure at its own tier's rate, and the `pays` of every tier entered",
            "2% of 1,000 + 3% of 500 = 35",
        ),
        "fixed": ("the `pays` of the tier reached", "the amount of the second tier"),
        "each_reached": (
            "the sum of `pays` and of `rate` times the measure, over all tiers reached",
            "2% of 1,500 + 3% of 1,500 = 75",
        ),
        "sliding": (
            "the whole measure at a rate on the straight line between the tier points; beyond the last, its rate",
            "with a third point of 4% at 2,000: 3.5% of 1,500 = 52.50",
        ),
        "per_multiple": (
            "the `pays` of the tier reached, for every full `every` of the whole measure",
            "with pays: 5, every: 100: 15 times 5 = 75",
        ),
    }
)
"""What each method pays, in general and on 1,500 with 2% from 0 and 3% from 1,000."""

_FIGURE = {
    "of": "revenue", "growth_amount": "quantity", "growth_percent": "revenue", "target_percent": "revenue",
    "share_percent": "revenue", "visit_score": "shelf_compliance", "visits": "completed", "constant": "1",
    "within": "{include: [{category: brakes}]}", "baseline": "{average: {periods: 3}}",
    "when_missing": "{value: 1000}", "products": "{include: [{brand: Rayler Pro}]}", "unit": "case",
}  # fmt: skip

TEMPLATES = """\
## Formulas of targets

A [template](#template) of visits says what is done at a partner. The target of an indicator is a number, or a formula
of numbers and figures with `+`, `-`, `*` and brackets: `quantity_30d * 0.5`. Its figures are

- `quantity_30d`, `revenue_30d`, `orders_30d`: what the member bought in so many days before (1 to 366): quantity in the
  unit of the indicator, or of its product; revenue in the member's currency;
- `previous`: what was last measured of the same indicator there.

With `top_products`, they are those of each product. Where a figure is not known, the target is not either: nothing is
guessed. Several files may have one `template` id, for days that do not overlap.
"""

EXAMPLES = MappingProxyType(
    {
        "Program": {
            "program": "growth-2026", "title": "{en: Growth programme, ja: 成長プログラム}",
            "reference": "Agreement 2026-014, clause 3", "currency": "USD",
            "effective": "{from: 2026-01-01, to: 2026-12-31}", "calendar": "gregorian",
            "members": "{include: [{type: dealer}]}", "accumulate_at": "parent", "pay_to": "payee",
            "fx": "{fixed: {EUR: 1.0842}}", "negative": "carry_forward", "prorate": "thresholds",
            "limits": "{per_member: 25000}", "budget": "500000", "minimum_payout": "{amount: 50, below: carry}",
            "grace_days": "5",
            "rebates": "{growth: {period: year, …}}", "tests": "[{when: {qualifier: 7}, pays: 3000}]",
        },
        "Template": {
            "template": "dealer-review", "title": "{en: Dealer review, de: Händlerbesuch}",
            "effective": "{from: 2026-01-01, to: 2026-12-31}", "members": "{include: [{type: dealer}]}",
            "skills": "[audit, training]", "duration": "60", "frequency": "[{every: 42}]",
            "tasks": "[{task: agree-plan, title: Agree the plan}]",
            "indicators": "[{indicator: stock_on_hand, title: Pieces on hand, kind: number}]",
        },
        "Cadence": {"members": "{include: [{rank: A}]}", "every": "42"},
        "TaskPlan": {
            "task": "agree-plan", "title": "Agree the quarter's plan", "required": "true", "context": "plan",
        },
        "IndicatorPlan": {
            "indicator": "stock_on_hand", "title": "Pieces on hand", "kind": "number", "unit": "piece",
            "direction": "at_least", "target": "quantity_30d * 0.5", "top_products": "2", "stock": "true",
        },
        "Title": {"en": "Growth programme", "de": "Wachstumsprogramm", "ja": "成長プログラム"},
        "Effective": {"from": "2026-01-01", "to": "2026-12-31"},
        "Members": {
            "include": "[{type: [dealer, distributor], region: NA}]", "exclude": "[{member_id: M-0099}]",
            "enrolled": "true",
        },
        "Filter": {"include": "[{category: [brakes, filters]}]", "exclude": "[{product_id: P-100}]"},
        "Rebate": {
            "title": "Annual growth bonus", "reference": "Clause 3.2",
            "effective": "{from: 2026-07-01, to: 2026-12-31}", "members": "{include: [{region: EU}]}",
            "products": "{include: [{category: brakes}]}", "transactions": "{include: [{type: [sale, return]}]}",
            "period": "year", "settle": "quarter", "unit": "case",
            "qualifier": "{growth_percent: revenue, baseline: previous_year, when_missing: skip}",
            "measure": "revenue", "method": "all_units", "tiers": "[{from: 0, rate: 2%}, {from: 1000, rate: 3%}]",
            "returns": "with_sale", "below_zero": "carry", "compare": "like_for_like",
            "prorate": "payout", "guarantee": "{amount: 500, unconditional: true}",
            "limits": "{per_member: 10000}", "stack": "{group: bonuses, policy: best_of}",
        },
        "Measure": _FIGURE,
        "Qualifier": {**_FIGURE, "round": "0"},
        "Limits": {"per_member": "10000"},
        "Guarantee": {"amount": "500", "unconditional": "true"},
        "Stack": {"group": "bonuses", "policy": "cascade", "reduced": "false"},
        "MinimumPayout": {"amount": "50", "below": "carry"},
        "Tier": {
            "from": "1000", "above": "7", "to": "5000", "rate": "0.25 per case", "pays": "2000", "every": "100",
            "measure_cap": "50000",
        },
        "CalendarFile": {
            "calendar": "retail", "title": "Retail calendar", "weeks": "4-5-4",
            "ends": "{weekday: saturday, month: 1, on: nearest}", "extra_week": "12", "starts": "04-01",
            "named_after": "start", "periods": "[{period: 2026-P01, from: 2026-01-01, to: 2026-01-28}]",
        },
        "YearEnd": {"weekday": "saturday", "month": "1", "on": "nearest"},
        "ListedPeriod": {"period": "2026-P01", "from": "2026-01-01", "to": "2026-01-28"},
        "RuleTest": {"rebate": "growth", "when": "{qualifier: 7}", "pays": "3000", "tier": "2"},
        "TestedFigures": {"qualifier": "7.4", "measure": "1500"},
    }
)  # fmt: skip
"""An example of every key, by block."""
