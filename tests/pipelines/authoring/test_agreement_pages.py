"""Agreements in words: everything the language can say has its sentence, in English and in Japanese."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from pipelines.authoring.agreement_pages import terms_document
from pipelines.authoring.agreement_values import agreement_of
from pipelines.workspace.configuration import open_workspace
from reports.agreement.documents import document_markdown, document_page, document_text
from reports.agreement.text import agreement_document
from reports.page.brand import Brand
from reports.page.language import LANGUAGES, Language
from rules.language.model import Program
from rules.language.reading import Block
from rules.loading.load import calendar_id, read_programs
from rules.money import MINOR_UNITS
from schemas.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = [
    path
    for path in sorted((Path(__file__).parents[3] / "rules" / "programs").glob("*.yaml"))
    if not calendar_id(path.read_text(encoding="utf-8"))
]

BASE = """\
program: base
title: {en: Base, de: Basis, ja: 基本}
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
members: {include: [{type: dealer}]}
limits: {per_member: 900}
minimum_payout: {amount: 50, below: carry}
rebates:
  one:
    title: {en: One, de: Eins, ja: その一}
    products: {include: [{category: brakes}]}
    period: quarter
    measure: quantity
    unit: case
    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip}
    method: all_units
    guarantee: {amount: 5}
    limits: {per_member: 700}
    stack: {group: g, policy: additive}
    tiers:
      - {from: 2, rate: 0.25 per case}
      - {from: 5, rate: 0.50 per case}
  two:
    period: quarter
    measure: revenue
    method: all_units
    stack: {group: g, policy: additive}
    tiers: [{from: 10, rate: 1%}]
tests:
  - {rebate: one, when: {qualifier: 3, measure: 40}, pays: 10}
"""
CALENDAR = "calendar: retail-445\nweeks: 4-4-5\nends: {weekday: saturday, month: 1, on: last}\nnamed_after: start\n"
GROWTH = "qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip}"
SHARE = "qualifier: {share_percent: revenue, within: {include: [{brand: Pro}]}, when_missing: skip}"
TEST = "{rebate: one, when: {qualifier: 3, measure: 40}, pays: 10}"
STACK = "    stack: {group: g, policy: additive}\n"
YEAR = "effective: {from: 2026-01-01, to: 2026-12-31}"


def program(*pairs: tuple[str, str]) -> str:
    """Give the base with some of its text in other words."""
    text = BASE
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


CASCADE = program(
    ("policy: additive", "policy: cascade"), (GROWTH, "qualifier: revenue"),
    ("measure: quantity\n    unit: case", "measure: revenue"), ("0.25 per case", "1%"), ("0.50 per case", "2%"),
    ("    products: {include: [{category: brakes}]}\n", ""), (TEST, "{rebate: one, when: {qualifier: 3}, pays: 0.03}"),
)  # fmt: skip
MULTIPLE = program(
    ("all_units\n    guarantee", "per_multiple\n    guarantee"), ("rate: 0.25 per case", "pays: 1, every: 4"),
    ("rate: 0.50 per case", "pays: 2, every: 4"),
)  # fmt: skip
AMOUNTS = program(("rate: 0.25 per case", "pays: 1"), ("rate: 0.50 per case", "pays: 2"))
DATED = program(
    (STACK, ""), ("period: quarter\n    measure: quantity", f"period: quarter\n    {YEAR}\n    measure: quantity")
)

CHANGES: dict[tuple[str, str], tuple[str, str, str]] = {
    ("Program", "program"): (BASE, "program: base", "program: other"),
    ("Program", "title"): (BASE, "{en: Base, de: Basis, ja: 基本}", "{en: Other, ja: 別}"),
    ("Program", "reference"): (BASE, "reference: Clause 1", "reference: Clause 2"),
    ("Program", "currency"): (BASE, "currency: USD", "currency: EUR"),
    ("Program", "effective"): (BASE, "from: 2026-01-01", "from: 2025-01-01"),
    ("Program", "calendar"): (BASE, "currency: USD", "currency: USD\ncalendar: retail-445"),
    ("Program", "members"): (BASE, "members: {include: [{type: dealer}]}", "members: {}"),
    ("Program", "accumulate_at"): (BASE, "currency: USD", "currency: USD\naccumulate_at: group"),
    ("Program", "pay_to"): (BASE, "currency: USD", "currency: USD\npay_to: payee"),
    ("Program", "fx"): (BASE, "currency: USD", "currency: USD\nfx: {fixed: {EUR: 1.0842}}"),
    ("Program", "negative"): (BASE, "currency: USD", "currency: USD\nnegative: write_off"),
    ("Program", "prorate"): (BASE, "currency: USD", "currency: USD\nprorate: payout"),
    ("Program", "limits"): (BASE, "limits: {per_member: 900}\n", ""),
    ("Program", "budget"): (BASE, "currency: USD", "currency: USD\nbudget: 500000"),
    ("Program", "minimum_payout"): (BASE, "minimum_payout: {amount: 50, below: carry}\n", ""),
    ("Program", "grace_days"): (BASE, "currency: USD", "currency: USD\ngrace_days: 5"),
    ("Program", "rebates"): (BASE, "  two:", "  three:"),
    ("Program", "tests"): (BASE, "{qualifier: 3, measure: 40}, pays: 10", "{qualifier: 3, measure: 44}, pays: 11"),
    ("Title", "en"): (BASE, "en: Base", "en: Other"),
    ("Title", "de"): (BASE, "de: Basis", "de: Anderes"),
    ("Title", "ja"): (BASE, "ja: 基本", "ja: 別"),
    ("Effective", "from"): (BASE, "from: 2026-01-01", "from: 2026-04-01"),
    ("Effective", "to"): (BASE, "to: 2026-12-31", "to: 2026-09-30"),
    ("Members", "include"): (BASE, "type: dealer", "type: supplier"),
    ("Members", "exclude"): (BASE, "[{type: dealer}]}", "[{type: dealer}], exclude: [{member_id: M-9}]}"),
    ("Members", "enrolled"): (BASE, "[{type: dealer}]}", "[{type: dealer}], enrolled: true}"),
    ("Filter", "include"): (BASE, "category: brakes", "category: [brakes, filters]"),
    ("Filter", "exclude"): (BASE, "[{category: brakes}]}", "[{category: brakes}], exclude: [{brand: Old}]}"),
    ("Limits", "per_member"): (BASE, "per_member: 700", "per_member: 800"),
    ("MinimumPayout", "amount"): (BASE, "amount: 50", "amount: 60"),
    ("MinimumPayout", "below"): (BASE, "below: carry", "below: drop"),
    ("Guarantee", "amount"): (BASE, "{amount: 5}", "{amount: 6}"),
    ("Guarantee", "unconditional"): (BASE, "{amount: 5}", "{amount: 5, unconditional: true}"),
    ("Stack", "group"): (BASE, "group: g", "group: h"),
    ("Stack", "policy"): (BASE, "policy: additive", "policy: best_of"),
    ("Stack", "reduced"): (CASCADE, "cascade}\n    tiers: [", "cascade, reduced: false}\n    tiers: ["),
    ("Rebate", "title"): (BASE, "{en: One, de: Eins, ja: その一}", "{en: First, ja: 第一}"),
    ("Rebate", "reference"): (BASE, "    products: {", "    reference: 3.2\n    products: {"),
    ("Rebate", "effective"): (DATED, f"    {YEAR}\n", "    effective: {from: 2026-07-01, to: 2026-12-31}\n"),
    ("Rebate", "products"): (BASE, "    products: {include: [{category: brakes}]}\n", ""),
    ("Rebate", "transactions"): (
        BASE,
        "    unit: case",
        "    unit: case\n    transactions: {exclude: [{type: credit}]}",
    ),
    ("Rebate", "period"): (BASE, "period: quarter", "period: half"),
    ("Rebate", "settle"): (BASE, "period: quarter", "period: quarter\n    settle: month"),
    ("Rebate", "unit"): (program(("per case", "per box"), ("unit: case", "unit: box")), "box", "case"),
    ("Rebate", "qualifier"): (BASE, GROWTH, "qualifier: orders"),
    ("Rebate", "measure"): (AMOUNTS, "measure: quantity\n    unit: case", "measure: orders"),
    ("Rebate", "method"): (BASE, "method: all_units\n    guarantee", "method: each_reached\n    guarantee"),
    ("Rebate", "tiers"): (
        BASE,
        "{from: 5, rate: 0.50 per case}",
        "{from: 5, rate: 0.50 per case}\n      - {from: 9, rate: 1 per case}",
    ),
    ("Rebate", "members"): (BASE, "period: quarter", "members: {exclude: [{region: EU}]}\n    period: quarter"),
    ("Rebate", "compare"): (BASE, "{amount: 5}\n", "{amount: 5}\n    compare: like_for_like\n"),
    ("Rebate", "returns"): (BASE, "period: quarter", "returns: with_sale\n    period: quarter"),
    ("Rebate", "below_zero"): (BASE, "period: quarter", "below_zero: carry\n    period: quarter"),
    ("Rebate", "prorate"): (BASE, "period: quarter", "period: quarter\n    prorate: payout"),
    ("Rebate", "guarantee"): (BASE, "    guarantee: {amount: 5}\n", ""),
    ("Rebate", "limits"): (BASE, "    limits: {per_member: 700}\n", ""),
    ("Rebate", "stack"): (BASE, "    stack: {group: g, policy: additive}\n", ""),
    ("Measure", "of"): (program((GROWTH, "qualifier: orders")), "qualifier: orders", "qualifier: products"),
    ("Measure", "growth_amount"): (BASE, "growth_percent: revenue", "growth_amount: revenue"),
    ("Measure", "growth_percent"): (BASE, "growth_percent: revenue", "growth_percent: orders"),
    ("Measure", "target_percent"): (
        BASE,
        "growth_percent: revenue, baseline: previous_year",
        "target_percent: revenue",
    ),
    ("Measure", "share_percent"): (program((GROWTH, SHARE)), "share_percent: revenue", "share_percent: orders"),
    ("Measure", "visit_score"): (
        program((GROWTH, "qualifier: {visit_score: shelf, when_missing: skip}")),
        "visit_score: shelf",
        "visit_score: stock",
    ),
    ("Measure", "visits"): (BASE, GROWTH, "qualifier: {visits: completed}"),
    ("Measure", "constant"): (program((GROWTH, "qualifier: {constant: 3}")), "constant: 3", "constant: 4"),
    ("Measure", "within"): (program((GROWTH, SHARE)), "{include: [{brand: Pro}]}", "{exclude: [{brand: Pro}]}"),
    ("Measure", "baseline"): (BASE, "previous_year", "{average: {periods: 3}}"),
    ("Measure", "when_missing"): (BASE, "when_missing: skip", "when_missing: {value: 1000}"),
    ("Measure", "products"): (BASE, "when_missing: skip}", "when_missing: skip, products: {include: [{brand: Pro}]}}"),
    ("Measure", "unit"): (
        program((GROWTH, "qualifier: {of: quantity, unit: case}")),
        "quantity, unit: case",
        "quantity, unit: box",
    ),
    ("Qualifier", "round"): (BASE, "when_missing: skip}", "when_missing: skip, round: 0}"),
    ("Tier", "from"): (BASE, "from: 5", "from: 6"),
    ("Tier", "above"): (BASE, "from: 5", "above: 5"),
    ("Tier", "rate"): (BASE, "0.50 per case", "0.60 per case"),
    ("Tier", "pays"): (BASE, "rate: 0.50 per case", "rate: 0.50 per case, pays: 7"),
    ("Tier", "every"): (MULTIPLE, "every: 4", "every: 5"),
    ("Tier", "measure_cap"): (BASE, "rate: 0.50 per case", "rate: 0.50 per case, measure_cap: 1000"),
    ("RuleTest", "rebate"): (BASE, TEST, "{rebate: two, when: {qualifier: 3}, pays: 0}"),
    ("RuleTest", "when"): (BASE, "{qualifier: 3, measure: 40}, pays: 10", "{qualifier: 6, measure: 40}, pays: 20"),
    ("TestedFigures", "qualifier"): (
        BASE,
        "qualifier: 3, measure: 40}, pays: 10",
        "qualifier: 6, measure: 40}, pays: 20",
    ),
    ("TestedFigures", "measure"): (BASE, "measure: 40}, pays: 10", "measure: 44}, pays: 11"),
}
"""Of every key of the language: a program, and what to write in it instead; the words must then be others."""

SAID_BY_OTHERS = {
    ("Tier", "to"): "it is there for readability: the next tier's bound is said",
    ("RuleTest", "pays"): "the engine's own figure is shown, and `check` refuses a file where they differ",
    ("RuleTest", "tier"): "the engine's own tier is shown",
}


def blocks(block: type[Block], seen: set[type[Block]]) -> Iterator[type[Block]]:
    if block in seen:
        return
    seen.add(block)
    yield block
    for field in block.model_fields.values():
        for inner in inside(field.annotation):
            yield from blocks(inner, seen)


def inside(annotation: object) -> Iterator[type[Block]]:
    if isinstance(annotation, type) and issubclass(annotation, Block):
        yield annotation
    for argument in get_args(annotation):
        yield from inside(argument)


def keys() -> set[tuple[str, str]]:
    """List every key of the model; what a qualifier shares with a measure stands once."""
    found = {
        (block.__name__, field.alias or name)
        for block in blocks(Program, set())
        for name, field in block.model_fields.items()
    }
    shared = {key for key in found if key[0] == "Qualifier" and ("Measure", key[1]) in found}
    return found - shared


def words(text: str, tag: str) -> str:
    [read] = read_programs({"p.yaml": text, "retail-445.yaml": CALENDAR})
    said = document_text(agreement_document(agreement_of(read), Language(tag, MINOR_UNITS)))
    return re.sub(r"(wording |Fassung |文面 )\w+", "", said)


def test_every_key_of_the_language_has_its_case() -> None:
    assert set(CHANGES) | set(SAID_BY_OTHERS) == keys()
    assert not set(CHANGES) & set(SAID_BY_OTHERS)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("key", CHANGES, ids=".".join)
@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_provision_is_in_the_words(key: tuple[str, str], tag: str) -> None:
    base, old, new = CHANGES[key]
    assert old in base
    changed = base.replace(old, new)
    title_of_other_language = key[0] == "Title" and key[1] != tag
    assert (words(base, tag) == words(changed, tag)) is title_of_other_language


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_demo_is_said_in_every_language(path: Path) -> None:
    said = {tag: terms_document(path, tag) for tag in LANGUAGES}
    for part in ("sentences", "examples"):
        lengths = {tuple(len(getattr(each, part)) for each in document.sections) for document in said.values()}
        assert len(lengths) == 1
    english, german, japanese = (
        [sentence for section in said[tag].sections for sentence in section.sentences] for tag in ("en", "de", "ja")
    )
    assert not set(english) & set(german)
    # Nothing is left in English but codes, names and the contract's own words.
    assert all(re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", sentence) for sentence in japanese)


def test_worked_examples_stand_on_both_sides_of_a_bound() -> None:
    [path] = [path for path in PROGRAMS if path.stem == "dealer-revenue"]
    examples = terms_document(path, "en").sections[1].examples
    assert "$44,999.99: $450.00 (tier 1)" in examples
    assert "$45,000.00: $675.00 (tier 2)" in examples
    assert "$19,999.99: $0.00, no tier is reached" in examples


def test_what_is_written_in_a_file_is_never_markup() -> None:
    text = BASE.replace("{en: One, de: Eins, ja: その一}", "'<b>One*_[x](y)</b>'").replace(
        "dealer", '"<script>alert(1)</script>"'
    )
    [read] = read_programs({"p.yaml": text})
    document = agreement_document(agreement_of(read), Language("en", MINOR_UNITS))
    page = document_page(document, Brand("A <i>brand</i>", "#123456")).decode()
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;b&gt;One" in page
    markdown = document_markdown(document)
    assert r"\<b\>One\*\_\[x\](y)\</b\>" in markdown


def test_filters_are_said_in_the_words_of_the_workspace(sample: Path) -> None:
    with (sample / "rebatch.yaml").open("a", encoding="utf-8") as config:
        config.write("words: {tier_group: {title: {de: Klasse}, values: {a1: {de: Erste, en: First}}}}\n")
    rules = sample / "p.yaml"
    rules.write_text(BASE.replace("{type: dealer", "{tier_group: [a1, b2]"), encoding="utf-8")
    told = {"de": "Klasse ist Erste oder b2.", "en": "tier group is First or b2", "ja": "tier groupがFirstまたはb2。"}
    for tag, said in told.items():
        sentences = terms_document(rules, tag, open_workspace(sample)).sections[0].sentences
        assert said in sentences[0]
    assert "tier group ist a1 oder b2." in terms_document(rules, "de").sections[0].sentences[0]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(RuleError, match="use one of: en, de, ja"):
        terms_document(PROGRAMS[0], "fr")
