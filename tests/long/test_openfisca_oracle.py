"""Scales against OpenFisca, which works in floats: within their precision, and to the digit where floats are exact."""

from __future__ import annotations

from decimal import Decimal
from math import inf
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openfisca_core import taxscales

from rules.loading.load import read_programs
from rules.rating.tiers import compile_tiers, rate
from schemas.types import VALUE

pytestmark = pytest.mark.long

TEXT = """
program: p
title: P
reference: r
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
rebates:
  r: {{period: year, measure: revenue, method: {method}, tiers: [{tiers}]}}
"""
RELATIVE = 1e-9
EXAMPLES = settings(deadline=None, max_examples=500)

Points = list[tuple[Decimal, Decimal]]


def points(values: st.SearchStrategy[Decimal], bounds: st.SearchStrategy[Decimal]) -> st.SearchStrategy[Points]:
    return st.dictionaries(bounds, values, min_size=1, max_size=8).map(lambda chosen: sorted(chosen.items()))


def cents(largest: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(0, largest, places=2)


def whole(largest: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, largest).map(Decimal)


RATES = points(st.decimals(0, 1, places=6), cents(10**7))
AMOUNTS = points(whole(10**6), whole(10**7))
FIGURES = st.lists(cents(10**8), min_size=1, max_size=20)
WHOLE_FIGURES = st.lists(whole(10**8), min_size=1, max_size=20)


def around(scale: Points, free: list[Decimal], step: str) -> list[Decimal]:
    sides = (-Decimal(step), Decimal(0), Decimal(step))
    return [*free, *(bound + side for bound, _ in scale for side in sides if bound + side >= 0)]


def ours(
    method: str, scale: Points, figures: list[Decimal], *, pays: str = "rate", bound: str = "from"
) -> list[Decimal]:
    sign, factor = ("%", 100) if pays == "rate" else ("", 1)
    tiers = ", ".join(f"{{{bound}: {at:f}, {pays}: {value * factor:f}{sign}}}" for at, value in scale)
    segments = compile_tiers(read_programs({"p.yaml": TEXT.format(method=method, tiers=tiers)}))
    rows = [(number, "p", "r", figure, figure) for number, figure in enumerate(figures)]
    schema = {"row": pl.Int32(), "program": pl.String(), "rebate": pl.String(), "qualifier": VALUE, "measure": VALUE}
    values = pl.LazyFrame(rows, schema=schema, orient="row")
    return rate(values, segments).collect().sort("row")["unrounded"].to_list()


def theirs(scale: Any, steps: Points, figures: list[Decimal], **how: Any) -> list[float]:
    for bound, value in steps:
        scale.add_bracket(float(bound), float(value))
    return [float(paid) for paid in scale.calc(np.array([float(figure) for figure in figures]), **how)]


def assert_close(found: list[Decimal], peer: list[float], figures: list[Decimal]) -> None:
    for ours_, theirs_, figure in zip(found, peer, figures, strict=True):
        assert abs(float(ours_) - theirs_) <= RELATIVE * max(1.0, float(figure)), figure


@EXAMPLES
@given(RATES, FIGURES)
def test_marginal_is_their_marginal_rate_scale(scale: Points, free: list[Decimal]) -> None:
    figures = around(scale, free, "0.01")
    peer = theirs(taxscales.MarginalRateTaxScale(), scale, figures)
    assert_close(ours("marginal", scale, figures), peer, figures)


@EXAMPLES
@given(AMOUNTS, WHOLE_FIGURES, st.booleans())
def test_fixed_is_their_single_amount_scale_exactly(scale: Points, free: list[Decimal], is_strict: bool) -> None:  # noqa: FBT001
    figures = around(scale, free, "1")
    peer = theirs(taxscales.SingleAmountTaxScale(), scale, figures, right=is_strict)
    assert ours("fixed", scale, figures, pays="pays", bound="above" if is_strict else "from") == peer


@EXAMPLES
@given(AMOUNTS, WHOLE_FIGURES, st.sampled_from(["each_reached", "marginal"]))
def test_the_amounts_of_all_tiers_entered_are_their_marginal_amount_scale_exactly(
    scale: Points, free: list[Decimal], method: str
) -> None:
    figures = around(scale, free, "1")
    peer = theirs(taxscales.MarginalAmountTaxScale(), scale, figures)
    assert ours(method, scale, figures, pays="pays", bound="above") == peer


@EXAMPLES
@given(RATES, FIGURES)
def test_sliding_is_their_linear_average_rate_scale(scale: Points, free: list[Decimal]) -> None:
    figures = around(scale, free, "0.01")
    held = [*scale, (Decimal(inf), scale[-1][1])]  # they write the rate that is held as a point beyond everything
    peer = theirs(taxscales.LinearAverageRateTaxScale(), held, figures)
    assert_close(ours("sliding", scale, figures), peer, figures)


@EXAMPLES
@given(points(st.integers(0, 256).map(lambda n: Decimal(n) / 256), whole(2**20)), st.lists(whole(2**20), min_size=1))
def test_all_units_is_the_rate_of_their_bracket_exactly(scale: Points, free: list[Decimal]) -> None:
    figures = around(scale, free, "1")
    peer = theirs(taxscales.SingleAmountTaxScale(), scale, figures)
    # Rates are parts of 256 and figures integers: their product is exact as a float too.
    assert ours("all_units", scale, figures) == [
        float(figure) * rated for figure, rated in zip(figures, peer, strict=True)
    ]
