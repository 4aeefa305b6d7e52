"""Action plan templates: every mistake with its line and column, and what to write instead."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rules.visits.formulas import Flaw, Formula, read_formula
from rules.visits.reading import is_template, read_templates
from schemas.errors import RuleError

TEMPLATE = """\
template: dealer-review
title: Dealer review
effective: {from: 2026-01-01, to: 2026-12-31}
members: {include: [{type: dealer}]}
duration: 60
frequency:
  - {members: {include: [{rank: A}]}, every: 30}
  - {every: 42}
tasks:
  - {task: plan, title: Agree the plan}
  - {task: training, title: Train, required: false}
indicators:
  - {indicator: shelf, title: Shelf, kind: percent, target: 90}
  - {indicator: stock, title: Stock, kind: number, target: quantity_30d * 0.5, top_products: 2, stock: true}
  - {indicator: display, title: Display, kind: boolean, target: true}
"""


def problems(*texts: str) -> list[str]:
    with pytest.raises(RuleError) as caught:
        read_templates({f"{'abc'[place]}.yaml": text for place, text in enumerate(texts)})
    return [str(problem) for problem in caught.value.problems]


def test_a_template_is_read_as_it_is_written() -> None:
    [template] = read_templates({"a.yaml": TEMPLATE})
    assert is_template(TEMPLATE, "a.yaml")
    assert not is_template("program: x\n", "a.yaml")
    assert [task.required for task in template.tasks] == [True, False]
    shelf, stock, display = template.indicators
    assert (shelf.direction, shelf.target, display.target) == ("at_least", "90", "true")
    assert stock.formula is not None
    assert stock.formula.value({"quantity_30d": Decimal("7.000001")}) == Decimal("3.5000005")
    assert stock.formula.value({}) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("duration: 60", "duration: 0", "a.yaml:5:11: duration is '0' → write minutes, 1 to 720"),
        ("every: 42", "every: often", "a.yaml:8:13: every is 'often' → write a number of days, 1 to 366"),
        ("kind: percent", "kind: share", "a.yaml:13:44: kind is 'share' →"),
        (
            "target: 90",
            "target: ninety",
            "a.yaml:13:61: target is 'ninety': there is no figure 'ninety' → write previous",
        ),
        ("* 0.5", "/ 2", "a.yaml:14:60: target is 'quantity_30d / 2': this is not reckoned with → write + - or *"),
        ("quantity_30d * 0.5", "1 + sold_9d", "a.yaml:14:64: target is '1 + sold_9d': there is no figure 'sold_9d'"),
        ("target: true", "target: perhaps", "a.yaml:15:65: target is 'perhaps' → write true or false"),
        (
            "kind: boolean, target: true",
            "kind: text, stock: true",
            "a.yaml:15:61: stock belongs to numbers → remove it",
        ),
        ("task: training", "task: plan", "a.yaml:11:12: 'plan' is there twice → give one of the two another id"),
        ("from: 2026-01-01", "from: 2027-01-01", "a.yaml:3:35: it ends on 2026-12-31, before it begins on 2027-01-01"),
        ("{members: {include: [{rank: A}]}, every: 30}", "30", "a.yaml:7:5: the entries after this one are for nobody"),
        ("tasks:", "task:", "a.yaml:9:1: the file has no key 'task' → did you mean 'tasks'?"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, message: str) -> None:
    assert old in TEMPLATE
    [found] = problems(TEMPLATE.replace(old, new, 1))
    assert found.startswith(message)


def test_two_files_of_one_template_hold_on_different_days() -> None:
    later = TEMPLATE.replace("2026-01-01, to: 2026-12-31", "2027-01-01, to: 2027-12-31")
    assert len(read_templates({"a.yaml": TEMPLATE, "b.yaml": later})) == 2
    [found] = problems(TEMPLATE, later.replace("2027-01-01", "2026-12-31"))
    assert found.startswith("b.yaml:3:12: 'dealer-review' holds from 2026-01-01 to 2026-12-31 in a.yaml → give it")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("90", "90"),
        ("-(previous - 2) * 3", "-9"),
        ("0.12345678901234567890", "0.12345678901234567890"),
        ("orders_7d + quantity_90d * 0.1", "4.5"),
        ("quantity_90d * quantity_90d * 99999999999999.9999999999", "62499999999999999.9999999375"),
    ],
)
def test_formulas_are_exact(text: str, value: str) -> None:
    found = read_formula(text)
    assert isinstance(found, Formula)
    figures = {"previous": Decimal(5), "orders_7d": Decimal(2), "quantity_90d": Decimal(25)}
    assert found.value(figures) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')", "previous.real", "previous ** 9", "1e9", "1_000", "0x10", "quantity_0d", "quantity_367d",
        "[1]", "previous if 1 else 2", "lambda: 1", "f(1)", "True", "", "1 +", "(" * 90, "previous @ 2",
        "~previous", "1 < 2", "'a'", "previous := 1",
    ],
)  # fmt: skip
def test_nothing_else_is_reckoned_with(text: str) -> None:
    assert isinstance(read_formula(text), Flaw)
