"""Terms: what a rebate's figures need, and over which days."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rules.compiled.figure_terms import filter_key
from rules.compiled.terms import Terms, compile_terms
from rules.language.clauses import Filter
from rules.loading.load import read_programs

AS_OF = date(2026, 5, 10)
PROGRAM = """
program: p
title: P
reference: none
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
{more}
rebates:
  r: {{products: {{include: [{{category: brakes}}]}}, period: half, settle: quarter, method: {method},
       {figures}, tiers: [{tier}]}}
"""
BRAKES, OILS = (
    filter_key(Filter(include=({"category": (category,)},), exclude=None)) for category in ("brakes", "oils")
)
EVERYTHING = filter_key(Filter(include=None, exclude=({"category": ("fees",)},)))


def compiled(figures: str, tier: str = "{from: 1, pays: 1}", method: str = "fixed", more: str = "") -> Terms:
    text = PROGRAM.format(figures=figures, tier=tier, method=method, more=more)
    return compile_terms(read_programs({"p.yaml": text}), AS_OF)


def rows(terms: Terms, *columns: str) -> list[tuple[Any, ...]]:
    return terms.terms.select(*columns).rows()


def test_the_measure_stands_for_the_qualifier() -> None:
    terms = compiled("measure: orders")
    assert rows(terms, "term", "kind", "product_filter", "is_baseline") == [("p/r/measure", "orders", BRAKES, False)]
    named = terms.rebates.select("measure_term", "measure_base_term", "qualifier_term", "qualifier_base_term")
    assert named.row(0) == ("p/r/measure", None, "p/r/measure", None)


def test_each_figure_may_have_products_and_a_unit_of_its_own() -> None:
    terms = compiled(
        "unit: case, measure: {of: quantity, unit: piece}, "
        "qualifier: {of: quantity, products: {include: [{category: oils}]}}"
    )
    assert rows(terms, "term", "target", "product_filter") == [
        ("p/r/measure", "piece", BRAKES), ("p/r/qualifier", "case", OILS)
    ]  # fmt: skip


def test_terms_that_are_alike_are_one() -> None:
    growth = "{growth_percent: revenue, baseline: previous_year, when_missing: skip}"
    terms = compiled(f"measure: {growth.replace('percent', 'amount')}, qualifier: {growth}")
    assert rows(terms, "term", "is_baseline") == [("p/r/measure", False), ("p/r/measure base", True)]
    assert terms.rebates["qualifier_base_term"].to_list() == ["p/r/measure base"]


def test_a_share_is_taken_of_the_wider_range_over_the_same_days() -> None:
    share = "{share_percent: revenue, within: {exclude: [{category: fees}]}, when_missing: skip}"
    terms = compiled(f"measure: revenue, qualifier: {share}")
    assert rows(terms, "term", "product_filter", "is_baseline") == [
        ("p/r/measure", BRAKES, False), ("p/r/qualifier base", EVERYTHING, False)
    ]  # fmt: skip
    days = terms.windows.filter(horizon="settled").select("term", "start", "end").rows()
    assert days == [(term, date(2026, 1, 1), date(2026, 3, 31)) for term in ("p/r/measure", "p/r/qualifier base")]


@pytest.mark.parametrize(
    ("figure", "kind", "target"),
    [
        ("{visits: completed}", "visits", ""),
        ("{visit_score: shelf, when_missing: skip}", "visit_score", "shelf"),
        ("{constant: 2.5}", "constant", ""),
        ("transactions", "transactions", ""),
        ("revenue", "revenue", "USD"),
    ],
)
def test_what_is_counted_has_its_kind_and_target(figure: str, kind: str, target: str) -> None:
    terms = compiled(f"measure: {figure}")
    assert rows(terms, "kind", "target") == [(kind, target)]
    assert terms.windows.is_empty() == (kind == "constant")


@pytest.mark.parametrize(
    ("figure", "kind"),
    [
        ("{target_percent: revenue, when_missing: skip}", "target"),
        ("{growth_amount: revenue, baseline: dataset, when_missing: zero}", "baseline"),
    ],
)
def test_agreed_figures_have_no_days(figure: str, kind: str) -> None:
    terms = compiled(f"measure: {figure}")
    assert rows(terms, "term", "kind", "is_baseline") == [
        ("p/r/measure", "revenue", False), ("p/r/measure base", kind, False)
    ]  # fmt: skip
    assert terms.windows["term"].unique().to_list() == ["p/r/measure"]


def test_an_average_has_a_window_for_each_period_cut_where_the_settlement_is() -> None:
    terms = compiled("measure: {growth_percent: orders, baseline: {average: {periods: 3}}, when_missing: skip}")
    assert terms.terms["parts"].to_list() == [1, 3]
    base = terms.windows.filter(term="p/r/measure base").select("horizon", "part", "start", "end")
    assert base.filter(horizon="settled").drop("horizon").rows() == [
        (1, date(2025, 7, 1), date(2025, 9, 30)),
        (2, date(2025, 1, 1), date(2025, 3, 31)),
        (3, date(2024, 7, 1), date(2024, 9, 30)),
    ]
    assert base.filter(horizon="to_date").drop("horizon").rows() == [
        (1, date(2025, 7, 1), date(2025, 12, 31)),
        (2, date(2025, 1, 1), date(2025, 6, 30)),
        (3, date(2024, 7, 1), date(2024, 12, 31)),
    ]


@pytest.mark.parametrize(
    ("figures", "tier", "method", "is_for_all"),
    [
        ("measure: revenue", "{from: 0, pays: 1}", "fixed", True),
        ("measure: revenue", "{above: 0, pays: 1}", "fixed", False),
        ("measure: revenue", "{from: 0, rate: 1%}", "all_units", False),
        ("measure: revenue", "{from: 0, pays: 1, every: 100}", "per_multiple", False),
        ("measure: revenue", "{from: 0, pays: 0}, {from: 1, pays: 1}", "fixed", False),
        ("measure: {constant: 1}", "{from: 1, pays: 1}", "fixed", True),
        ("qualifier: {constant: 1}, measure: revenue", "{from: 1, rate: 1%}", "all_units", True),
        ("measure: revenue, guarantee: {amount: 1, unconditional: true}", "{from: 1, pays: 1}", "fixed", True),
        ("measure: revenue, guarantee: 1", "{from: 1, pays: 1}", "fixed", False),
        (
            "measure: {growth_amount: revenue, baseline: previous_year, when_missing: skip}",
            "{from: -5, pays: 1}", "fixed", True,
        ),
    ],
)  # fmt: skip
def test_a_rebate_is_for_all_where_nothing_may_be_paid_for(
    figures: str, tier: str, method: str, *, is_for_all: bool
) -> None:
    assert compiled(figures, tier, method).rebates["is_for_all"].to_list() == [is_for_all]


def test_the_policy_for_exchange_rates_is_the_programs() -> None:
    terms = compiled("measure: revenue", more="fx: {fixed: {EUR: 1.25}}")
    assert rows(terms, "priced_by") == [("fixed",)]
    assert [str(value) for value in terms.fixed_rates.row(0)] == ["p", "EUR", "1.25000000"]
