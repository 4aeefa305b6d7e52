"""What the cases share: a rule file around a scale, and what it pays by the real road from text to money."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from rules.authoring.calc import calc
from rules.language.yaml_text import written
from rules.loading.load import read_programs
from schemas.types import VALUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RULE = """
program: case
title: Case
reference: the source of the case
currency: {currency}
effective: {{from: 2026-01-01, to: 2026-12-31}}
rebates:
  scale: {{period: year, {measure}, method: {method}, tiers: [{tiers}]}}
"""

Pay = tuple[int, Decimal, Decimal]
"""Tier, payout and unrounded."""


def rule_text(scale: Mapping[str, Any], currency: str = "USD") -> str:
    tiers = ", ".join("{" + ", ".join(f"{k}: {written(v)}" for k, v in tier.items()) + "}" for tier in scale["tiers"])
    measure = f"measure: quantity, unit: {scale['unit']}" if "unit" in scale else "measure: revenue"
    return RULE.format(currency=currency, measure=measure, method=scale["method"], tiers=tiers)


def pay(scale: Mapping[str, Any], figures: Sequence[Mapping[str, Any]], currency: str = "USD") -> list[Pay]:
    programs = read_programs({"case.yaml": rule_text(scale, currency)})
    values = pl.DataFrame(
        [("scale", "M-1", row.get("qualifier"), row["measure"]) for row in figures],
        schema={"rebate": pl.String, "member_id": pl.String, "qualifier": VALUE, "measure": VALUE},
        orient="row",
    )
    return calc(programs, values).select("tier", "payout", "unrounded").rows()


@pytest.fixture
def paid() -> Callable[..., list[Pay]]:
    return pay
