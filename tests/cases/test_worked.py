from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from rules.filters import matches
from rules.load import read_programs
from rules.yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

BOOK: Any = parse_yaml((Path(__file__).parent / "worked.yaml").read_text(encoding="utf-8"), "worked.yaml").value
CASES = [pytest.param(scale, case, id=case["id"]) for scale in BOOK["scales"] for case in scale["cases"]]


@pytest.mark.parametrize(("scale", "case"), CASES)
def test_the_example_pays_what_its_source_says(paid: Callable[..., Any], scale: Any, case: Any) -> None:
    figures = [{"measure": case["measure"]}, {"measure": case.get("before", case["measure"])}]
    (_, _, now), (_, _, before) = paid(scale, figures)
    expected = [case[key] for key in ("pays", "pays_before", "taken_back") if key in case]
    found = {"pays": now, "pays_before": before, "taken_back": before - now}
    assert [found[key] for key in ("pays", "pays_before", "taken_back") if key in case] == expected


def test_only_the_filtered_product_counts(paid: Callable[..., Any]) -> None:
    example = BOOK["product_filter"]
    text = f"""
program: case
title: Case
reference: the source of the case
currency: EUR
effective: {{from: 2026-01-01, to: 2026-12-31}}
rebates:
  scale:
    products: {{include: [{{product_id: {example["include"]}}}]}}
    period: year
    measure: revenue
    method: all_units
    tiers: [{{from: 0, rate: {example["rate"]}}}]
"""
    [program] = read_programs({"case.yaml": text})
    lines = pl.DataFrame({"product_id": list(example["lines"]), "amount": list(example["lines"].values())})
    revenue = lines.filter(matches(program.rebates["scale"].products))["amount"].sum()
    scale = {"method": "all_units", "tiers": [{"from": 0, "rate": example["rate"]}]}
    [(_, payout, _)] = paid(scale, [{"measure": Decimal(revenue)}])
    assert payout == example["pays"]


def test_every_example_is_run_or_left_out_with_a_reason() -> None:
    run = {case["id"].split("/")[0] for scale in BOOK["scales"] for case in scale["cases"]}
    left_out = [name for entry in BOOK["left_out"] for name in entry["ids"]]
    assert all(entry["reason"] for entry in BOOK["left_out"])
    assert len({*run, BOOK["product_filter"]["id"], *left_out}) == 29
