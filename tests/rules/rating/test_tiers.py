from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from rules.loading.load import read_programs
from rules.rating.tiers import TIERS, compile_tiers, rate, refuse_too_large
from schemas.errors import RuleError
from schemas.types import EXACT, VALUE

TEXT = """
program: p
title: P
reference: r
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
  whole:
    period: year
    measure: revenue
    method: all_units
    tiers: [{from: 100, rate: 1%}, {above: 200, rate: 2%, pays: 5}, {from: 300, pays: 7}]
  slices:
    period: year
    measure: revenue
    method: marginal
    tiers: [{from: 100, rate: 1%, pays: 3}, {above: 200, rate: 2%, pays: 5}, {from: 300, rate: 0%}]
  lump:
    period: year
    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip}
    measure: revenue
    method: fixed
    tiers: [{from: -10, pays: 1}, {from: 2, pays: 2000}, {above: 7, pays: 4000}]
"""
SEGMENTS = compile_tiers(read_programs({"p.yaml": TEXT}))


def values_of(*rows: tuple[str, Any, Any]) -> pl.LazyFrame:
    return pl.LazyFrame(
        [(number, "p", *row) for number, row in enumerate(rows)],
        schema={"row": pl.Int32, "program": pl.String, "rebate": pl.String, "qualifier": VALUE, "measure": VALUE},
        orient="row",
    )


def rated(*rows: tuple[str, Any, Any], segments: pl.DataFrame = SEGMENTS) -> list[Any]:
    result = rate(values_of(*rows), segments).collect().sort("row")
    assert result.columns == ["row", "program", "rebate", "qualifier", "measure", "tier", "unrounded"]
    assert result.schema["tier"] == pl.Int32
    assert result.schema["unrounded"] == EXACT
    return result.select("tier", "unrounded").rows()


def test_one_segment_per_tier() -> None:
    assert SEGMENTS.schema == TIERS
    slices = SEGMENTS.filter(rebate="slices")
    assert slices["tier"].to_list() == [1, 2, 3]
    assert slices["lower"].to_list() == [100, Decimal("200.0000000001"), 300]
    assert slices["bound"].to_list() == [100, 200, 300]
    assert slices["is_strict"].to_list() == [False, True, False]
    assert slices["a"].to_list() == [2, 5, 11]
    assert slices["b"].to_list() == [Decimal("0.01"), Decimal("0.02"), 0]


@pytest.mark.parametrize(
    ("figure", "whole", "slices"),
    [
        ("99.9999999999", (0, "0"), (0, "0")),
        ("100", (1, "1"), (1, "3")),
        ("150", (1, "1.5"), (1, "3.5")),
        ("200", (1, "2"), (1, "4")),
        ("200.0000000001", (2, "9.000000000002"), (2, "9.000000000002")),
        ("299.9999999999", (2, "10.999999999998"), (2, "10.999999999998")),
        ("300", (3, "7"), (3, "11")),
        ("1000000", (3, "7"), (3, "11")),
        ("0", (0, "0"), (0, "0")),
        ("-500", (0, "0"), (0, "0")),
    ],
)
def test_both_sides_of_every_bound(figure: str, whole: tuple[int, str], slices: tuple[int, str]) -> None:
    value = Decimal(figure)
    assert rated(("whole", value, value), ("slices", value, value)) == [
        (whole[0], Decimal(whole[1])), (slices[0], Decimal(slices[1])),
    ]  # fmt: skip


def test_the_qualifier_alone_picks_the_tier() -> None:
    assert rated(("whole", 300, 5), ("whole", 200, 1000), ("whole", 50, 1000), ("whole", 250, -10)) == [
        (3, 7), (1, 10), (0, 0), (2, 5),
    ]  # fmt: skip


def test_growth_may_be_negative_and_a_missing_qualifier_reaches_nothing() -> None:
    assert rated(("lump", -11, 9), ("lump", -10, 9), ("lump", 7, 9), ("lump", 8, 9), ("lump", None, 9)) == [
        (0, 0), (1, 1), (2, 2000), (3, 4000), (0, 0),
    ]  # fmt: skip


def test_a_missing_measure_counts_as_zero_and_an_unknown_rebate_pays_nothing() -> None:
    assert rated(("whole", 250, None), ("lump", 5, None), ("other", 250, 250)) == [(2, 5), (2, 2000), (0, 0)]


def test_no_rows_and_no_rules() -> None:
    assert rated() == []
    empty = compile_tiers([])
    assert (empty.schema, empty.height) == (TIERS, 0)


def test_a_figure_too_large_to_multiply_gives_no_amount_at_all() -> None:
    large = Decimal(10) ** 27
    assert rated(("whole", large, large), ("whole", large, 5), ("slices", 100, large)) == [(3, None), (3, 7), (1, None)]


def test_the_refusal_names_program_rebate_and_figure() -> None:
    large = Decimal(10) ** 27
    lost = values_of(("whole", large, large), ("whole", 250, 250), ("slices", 1, 1)).pipe(rate, SEGMENTS).collect()
    found = re.escape(f"p, whole: what is paid on {large:,f} is too large to be reckoned → look for")
    with pytest.raises(RuleError, match=f"^{found}"):
        refuse_too_large(lost, "unrounded")
    small = lost.filter(pl.col("measure") < large)
    assert refuse_too_large(small, "unrounded") is small
