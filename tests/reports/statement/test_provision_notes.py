from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reports.page.language import Language
from reports.statement.provision_notes import provision_notes
from reports.statement.statement_data import Clause, Figure
from rules.money import MINOR_UNITS

ALONE = "The tiers alone give {}; with all that is agreed beside them it is {}."


def notes(tag: str = "en", currency: str = "USD", **changes: Any) -> list[str]:
    position = {
        "prorate": None, "days": None, "period_days": None, "rated": Decimal(80), "unrounded": Decimal(80),
        "node_amount": Decimal(80), **changes,
    }  # fmt: skip
    revenue = Figure("revenue")
    clause = Clause("p", "r", {}, {}, "", "", currency, "fixed", revenue, revenue, has_own_qualifier=False)
    return provision_notes(position, clause, Language(tag, MINOR_UNITS))


def test_what_the_tiers_alone_give_needs_no_words() -> None:
    assert notes() == []
    assert notes(prorate="thresholds", days=90, period_days=90) == []
    assert notes(days=45, period_days=90) == []
    assert notes(rated=Decimal("80.005"), unrounded=Decimal("80.005"), node_amount=Decimal("80.01")) == []


@pytest.mark.parametrize(
    ("prorate", "said"),
    [
        ("thresholds", "what there is to reach and what is paid count for these days."),
        ("payout", "the rebate is paid for these."),
    ],
)
def test_the_days_are_told(prorate: str, said: str) -> None:
    assert notes(prorate=prorate, days=45, period_days=90) == [f"Of the 90 days of this period 45 are yours: {said}"]
    [japanese] = notes("ja", prorate=prorate, days=45, period_days=90)
    assert "90日のうち" in japanese
    assert "45日" in japanese


def test_what_was_made_of_it_is_told() -> None:
    limited: dict[str, Any] = {"unrounded": Decimal(50), "node_amount": Decimal(50)}
    assert notes(**limited) == [ALONE.format("$80.00", "$50.00")]
    assert notes("ja", **limited)[0].startswith("段階だけでは")
    assert notes(node_amount=Decimal("79.99")) == [ALONE.format("$80.00", "$79.99")]  # a budget
    assert notes(currency="JPY", node_amount=Decimal(79)) == [ALONE.format("¥80", "¥79")]
