from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from rules.compiled.provision_table import compile_provisions
from rules.loading.load import read_programs
from rules.rating.proration import rate_by_days
from rules.rating.tiers import compile_tiers
from rules.reference.provision_text import PROVISIONS as PAGE
from schemas.errors import RuleError
from schemas.types import VALUE

HEAD = """
program: p
title: P
reference: r
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
"""
TIER = "{from: 1000, rate: 3%, pays: 30}"
TEXT = f"""{HEAD}
  scaled: {{period: year, measure: revenue, prorate: thresholds, method: all_units, tiers: [{TIER}]}}
  cut: {{period: year, measure: revenue, prorate: payout, method: all_units, tiers: [{TIER}]}}
  free: {{period: year, measure: revenue, method: all_units, tiers: [{TIER}]}}
  packs:
    {{period: year, measure: revenue, prorate: thresholds, method: per_multiple,
     tiers: [{{from: 0, pays: 5, every: 100}}]}}
  line:
    {{period: year, measure: revenue, prorate: thresholds, method: sliding,
     tiers: [{{from: 0, rate: 0%}}, {{from: 3, rate: 9%}}]}}
"""
PROGRAMS = read_programs({"p.yaml": TEXT})
PRORATE = {"scaled": "thresholds", "cut": "payout", "free": None, "packs": "thresholds", "line": "thresholds"}
Row = tuple[str, Any, int | None, int | None]
"""Rebate, figure, days and days of the period."""


def rated(*rows: Row) -> pl.DataFrame:
    cells = [("p", name, figure, figure, PRORATE[name], days, whole, "") for name, figure, days, whole in rows]
    schema: dict[str, Any] = {
        "program": pl.String, "rebate": pl.String, "qualifier": VALUE, "measure": VALUE, "prorate": pl.String,
        "days": pl.Int32, "period_days": pl.Int32, "note": pl.String,
    }  # fmt: skip
    values = pl.DataFrame(cells, schema=schema, orient="row").with_row_index("row").lazy()
    return rate_by_days(values, compile_tiers(PROGRAMS), compile_provisions(PROGRAMS)).sort("row").collect()


def paid(*rows: Row) -> list[Any]:
    return rated(*rows).select("tier", "unrounded").rows()


def test_the_examples_of_the_reference_page() -> None:
    assert "a measure of 600 reach the tier at 500 and pay 15 + 18 = 33" in PAGE.replace("\n   ", " ")
    assert "on 1,200, half of 66" in PAGE
    assert paid(("scaled", 600, 1, 2), ("scaled", Decimal("499.99"), 1, 2)) == [(1, 33), (0, 0)]
    assert paid(("cut", 1200, 1, 2), ("cut", 600, 1, 2)) == [(1, 33), (0, 0)]


def test_who_is_there_on_no_day_gets_nothing_and_on_all_days_everything() -> None:
    figures = (("scaled", 1000), ("cut", 1000), ("packs", 250), ("line", 2))
    nothing, everything = ([(name, figure, days, 90) for name, figure in figures] for days in (0, 90))
    assert [amount for _, amount in paid(*nothing)] == [0, 0, 0, 0]
    assert paid(*nothing)[0] == (0, 0)
    assert paid(*everything) == [(1, 60), (1, 60), (1, 10), (1, Decimal("0.12"))]
    assert paid(("free", 1000, None, None), ("free", 1000, 1, 90)) == [(1, 60), (1, 60)]


def test_multiples_are_counted_in_parts_of_every() -> None:
    third = Decimal(100) / 3
    assert paid(("packs", third.quantize(Decimal("1E-10")), 1, 3), ("packs", Decimal("33.3333333334"), 1, 3)) == [
        (1, 0), (1, Decimal("1.666666666666666666")),
    ]  # fmt: skip


def test_what_the_scale_gave_and_the_days_are_told() -> None:
    part = "in the program on 1 of 3 days"
    found = rated(("cut", 1000, 1, 3), ("cut", 1000, 3, 3), ("scaled", 1000, 1, 3), ("free", 1000, 1, 3))
    assert found.select("rated", "unrounded", "note").rows() == [
        (60, 20, part), (60, 60, ""), (40, 40, part), (60, 60, ""),
    ]  # fmt: skip


def test_a_figure_too_large_to_multiply_gives_no_amount_at_all() -> None:
    large = Decimal(10) ** 27
    assert paid(("scaled", large, 1, 3), ("packs", large, 1, 3), ("cut", large, 1, 3), ("line", large, 1, 3)) == [
        (1, None), (1, None), (1, None), (2, None),
    ]  # fmt: skip
    assert paid(("scaled", -large, 1, 3), ("scaled", None, 1, 3)) == [(0, 0), (0, 0)]


@pytest.mark.parametrize(("period", "last"), [("program", "01-31"), ("program", "04-30"), ("year", "01-31")])
def test_a_line_whose_part_leaves_128_bits_is_refused(period: str, last: str) -> None:
    """Its slope has a divisor of 2.5E+15, which times 31 days is still below 1E+17, and times 120 or 371 is not."""
    head = HEAD.replace("2026-12-31", f"2026-{last}")
    tiers = "[{from: 0, rate: 0%}, {from: 249999999999.97, rate: 0.01%}]"

    def read(prorate: str) -> None:
        rebate = f"  r: {{period: {period}, measure: revenue, method: sliding, prorate: {prorate}, tiers: {tiers}}}\n"
        read_programs({"p.yaml": head + rebate})

    read("payout")
    if (period, last) == ("program", "01-31"):
        read("thresholds")
        return
    with pytest.raises(RuleError) as caught:
        read("thresholds")
    [problem] = caught.value.problems
    assert str(problem).startswith("p.yaml:8:")
    assert "a part of the rate between 0 and 249,999,999,999.97 cannot be reckoned exactly" in str(problem)
