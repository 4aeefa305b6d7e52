"""What is said of visits: nothing that is missing is made smaller, and nothing of no worth is praised."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pytest

from reports.page.language import Language
from reports.visits.words import Words

DIGITS = {"USD": 2, "JPY": 0}
TITLES = {"shelf": "Regal", "deal/only": "Bonus", "Plan it": "Planen"}
DE, JA = Words(Language("de", DIGITS), TITLES), Words(Language("ja", DIGITS))
PLAIN = Words(Language("en", DIGITS), is_plain=True)
NEAR = {
    "share": Decimal("4.20"), "tier": 2, "program": "deal", "rebate": "only", "until": date(2026, 12, 31),
    "brings": Decimal("1234.50"), "currency": "USD",
}  # fmt: skip


class Said(NamedTuple):
    kind: str
    facts: dict[str, object]


def near(**changed: object) -> Said:
    return Said("near", NEAR | changed)


def test_what_is_near_a_tier_says_what_it_brings_if_it_brings_anything() -> None:
    assert PLAIN.reason(near()) == "lacks 4.20 % of tier 2 of deal/only until 2026-12-31, which brings 1,234.50 USD"
    for nothing in (None, Decimal(0)):
        assert PLAIN.reason(near(brings=nothing)) == "lacks 4.20 % of tier 2 of deal/only until 2026-12-31"
    assert PLAIN.reason(near(share=Decimal(0))).startswith("lacks less than 0.01 % of tier 2")
    assert DE.reason(near()) == (
        "bis 31. Dezember 2026 fehlen 4,20\N{NO-BREAK SPACE}% zu Stufe 2 von Bonus, die 1.234,50 USD bringt"
    )


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("11710.30850583", "USD", "11.710,31 USD"),
        ("0.2", "JPY", "1 JPY"),
        ("0.001", "percent", "0,01\N{NO-BREAK SPACE}%"),
        ("3.001", "case", "3,01 Kartons"),
        ("223", "case", "223 Kartons"),
    ],
)
def test_what_is_missing_is_rounded_up(value: str, unit: str, said: str) -> None:
    assert DE.missing(Decimal(value), unit) == said


def test_findings_are_said_with_unit_and_title() -> None:
    facts: dict[str, object] = {"indicator": "shelf", "product": None, "actual": "81", "target": "90", "unit": "case"}
    facts["day"] = date(2026, 7, 8)
    assert DE.reason(Said("missed", facts)) == "Regal war am 8. Juli 2026 81 Kartons, Ziel 90 Kartons"
    assert PLAIN.reason(Said("missed", facts | {"product": "P"})) == (
        "shelf of P was 81 case on 2026-07-08, target 90 case"
    )
    assert [JA.found("False", None), JA.found("soon", "x"), PLAIN.found("false", None)] == ["いいえ", "soon x", "false"]
    open_task = Said("follow_up", {"task": "Plan it", "day": None})
    assert DE.all_of([open_task, near(brings=None)]).splitlines()[0] == "Planen ist offen"


def test_obstacles_are_said_in_the_language() -> None:
    too_far = Said("too_far", {"kilometres": 1489})
    assert PLAIN.obstacle(too_far) == "it is too far for a day: 1489 km from the nearest rep"
    assert "1.489 km" in DE.obstacle(too_far)
    assert JA.obstacle(Said("no_room", {"rep": "R1"})).startswith("R1の日程に空きがない")
