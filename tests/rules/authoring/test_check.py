from __future__ import annotations

from rules.authoring.check import check_programs, missing_columns
from rules.loading.load import read_programs

TEXT = """\
program: p
title: P
reference: r
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
members: {include: [{type: [dealer, deler], country: JP}], exclude: [{colour: red}]}
rebates:
  lump:
    products: {include: [{category: brakes}, {Brand: Rayler}]}
    transactions: {exclude: [{type: credit}]}
    period: year
    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip, round: 0}
    measure: revenue
    method: fixed
    tiers: [{from: 2, pays: 2000}, {above: 7, pays: 4000}]
  share:
    period: year
    measure: revenue
    method: all_units
    tiers: [{from: 100, rate: 0.125%}]
tests:
  - {rebate: lump, when: {qualifier: 7.4}, pays: 2000}
  - {rebate: lump, when: {qualifier: 7.5}, pays: 2000}
  - {rebate: share, when: {measure: 100}, pays: 0.13}
  - {rebate: share, when: {qualifier: 99, measure: 100}, pays: 0.125}
  - {rebate: share, when: {qualifier: 99, measure: 100}, pays: 0}
"""
KINDS = {"test", "untested", "filter"}
"""Findings of the other kinds have tests of their own."""

COLUMNS: dict[str, dict[str, set[str] | None]] = {
    "members": {"member_id": None, "type": {"dealer", "supplier"}, "country": None},
    "products": {"category": {"brakes"}, "brand": {"Rayler"}},
    "transactions": {"type": {"sale"}},
}


def found(text: str, *, with_data: bool = False) -> list[str]:
    programs = read_programs({"p.yaml": text})
    findings = check_programs(programs, COLUMNS if with_data else None)
    return [f"{finding.severity}: {finding}" for finding in findings if finding.kind in KINDS]


def test_tests_in_the_file_are_run() -> None:
    todo = "correct the rule or the test"
    assert [line for line in found(TEXT) if line.startswith("error")] == [
        f"error: p.yaml:23:5: the rules pay 4,000 here (tier 2), the test says 2,000 → {todo}",
        f"error: p.yaml:25:5: the rules pay 0 here (below the first tier), the test says 0.125 → {todo}",
    ]


def test_a_test_may_say_which_tier_is_reached() -> None:
    head, _, _ = TEXT.partition("tests:")
    cases = ("7}, pays: 2000, tier: 1", "7}, pays: 2000, tier: 2", "1}, pays: 0, tier: 1", "9}, pays: 4000, tier: 0")
    lines = "".join(f"  - {{rebate: lump, when: {{qualifier: {case}}}\n" for case in cases)
    share = "  - {rebate: share, when: {measure: 100}, pays: 0.13, tier: 1}\n"
    todo = "correct the rule or the test"
    found_here = [line for line in found(f"{head}tests:\n{lines}{share}") if line.startswith("error")]
    assert found_here == [
        f"error: p.yaml:23:60: the figures are in tier 1, the test says tier 2 → {todo}",
        f"error: p.yaml:24:57: the figures are in no tier, the test says tier 1 → {todo}",
        f"error: p.yaml:25:60: the figures are in tier 2, the test says no tier → {todo}",
    ]


def test_bounds_that_no_test_stands_on_both_sides_of() -> None:
    todo = "add the figure at the bound and the one just below it"
    untested = [line for line in found(TEXT) if "both sides" in line]
    assert untested == [
        f"warning: p.yaml:15:12: no tests stand on both sides of the bound 2 of 'lump' → {todo}",
    ]
    below = "  - {rebate: lump, when: {qualifier: 1.4}, pays: 0}\n"
    assert not [line for line in found(TEXT + below) if "both sides" in line]
    # Nothing lies below a bound of zero; 100 has no test above it any more.
    zero = TEXT.replace("measure: 100}, pays: 0.13", "measure: 99}, pays: 0")
    zero = zero.replace("[{from: 100, rate", "[{from: 0, rate: 0%}, {from: 100, rate").replace(
        "measure: 100}, pays: 0.13", "measure: 99}, pays: 0"
    )
    assert "bound 100 of 'share'" in "\n".join(found(zero))


def test_a_rebate_without_a_test_is_a_warning() -> None:
    head, _, _ = TEXT.partition("tests:")
    assert [line.split(" → ")[0] for line in found(head)] == ["warning: p.yaml:1:10: the program has no tests"]
    cases = ((1, 0), (3, 2000), (8, 4000))
    lump = head + "tests:\n" + "".join(f"  - {{rebate: lump, when: {{qualifier: {q}}}, pays: {p}}}\n" for q, p in cases)
    assert found(lump) == ["warning: p.yaml:17:5: no test is about the rebate 'share' → add one under 'tests'"]


def test_filters_that_miss_the_data() -> None:
    findings = [line for line in found(TEXT, with_data=True) if "row of" in line or "column" in line]
    assert findings == [
        "warning: p.yaml:6:28: no row of members has type 'deler' → did you mean 'dealer'?",
        "error: p.yaml:6:79: members have no column 'colour' → did you mean 'country'?",
        "warning: p.yaml:10:37: no row of transactions has type 'credit' → use one of: sale",
    ]


def test_filters_of_figures_are_filters_too() -> None:
    share = "share_percent: revenue, within: {include: [{category: brake}]}"
    text = TEXT.replace("growth_percent: revenue, baseline: previous_year", share)
    sized = "{of: revenue, products: {exclude: [{size: XL}]}}"
    text = text.replace("measure: revenue\n    method: all", f"measure: {sized}\n    method: all")
    findings = "\n".join(found(text, with_data=True))
    assert "p.yaml:12:71: no row of products has category 'brake' → did you mean 'brakes'?" in findings
    assert "p.yaml:18:56: products have no column 'size' → use one of: brand, category" in findings


def test_only_a_missing_column_stops_a_run() -> None:
    findings = missing_columns(read_programs({"p.yaml": TEXT}), COLUMNS)
    assert [str(finding).split(" → ")[0] for finding in findings] == ["p.yaml:6:79: members have no column 'colour'"]


def test_nothing_to_check() -> None:
    assert check_programs([]) == []


def test_indicators_that_no_visit_has() -> None:
    text = TEXT.replace(
        "qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip, round: 0}",
        "qualifier: {visit_score: shelf_complience, when_missing: skip}",
    )
    programs = read_programs({"p.yaml": text})
    columns: dict[str, dict[str, set[str] | None]] = {
        **COLUMNS,
        "visit_kpis": {"kpi": {"shelf_compliance", "stock_on_hand"}},
    }
    said = [str(finding) for finding in check_programs(programs, columns) if "indicator" in finding.found]
    assert said == ["p.yaml:12:30: no visit has an indicator 'shelf_complience' → did you mean 'shelf_compliance'?"]
