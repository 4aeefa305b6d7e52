from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rules.language.yaml_text import parse_yaml
from rules.loading.load import read_programs
from schemas.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Callable

BOOK: Any = parse_yaml((Path(__file__).parent / "scales.yaml").read_text(encoding="utf-8"), "scales.yaml").value
CASES = [pytest.param(scale, case, id=case["id"]) for scale in BOOK["scales"] for case in scale["cases"]]
TIERS = BOOK["accepted_or_refused"]["cases"]

RULE = """
program: case
title: Case
reference: the source of the case
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
  scale: {period: year, measure: revenue, method: all_units, tiers: [TIER]}
"""


@pytest.mark.parametrize(("scale", "case"), CASES)
def test_the_scale_pays_what_its_source_says(paid: Callable[..., Any], scale: Any, case: Any) -> None:
    [(tier, payout, unrounded)] = paid(scale, [case], case.get("currency", "USD"))
    if "tier" in case:
        assert tier == case["tier"]
    else:
        assert (payout if "currency" in case else unrounded) == case["pays"]


@pytest.mark.parametrize("case", TIERS, ids=lambda case: case["id"])
def test_a_tier_is_accepted_or_refused(case: Any) -> None:
    texts = {"case.yaml": RULE.replace("TIER", case["tier"])}
    if "refused" not in case:
        assert len(read_programs(texts)) == 1
        return
    with pytest.raises(RuleError, match=re.escape(case["refused"])) as caught:
        read_programs(texts)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].at.line == 8


def test_every_case_is_run_or_left_out_with_a_reason() -> None:
    run = [case["id"] for scale in BOOK["scales"] for case in scale["cases"]] + [case["id"] for case in TIERS]
    left_out = [name for entry in BOOK["left_out"] for name in entry["ids"]]
    assert all(entry["reason"] for entry in BOOK["left_out"])
    assert len(run) == 89
    assert len({*run, *left_out}) == len(run) + len(left_out) == 110
