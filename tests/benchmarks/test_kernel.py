"""What rating takes: many figures on a thousand scales at once, beside an as-of join of sorted rows and OpenFisca.

OpenFisca works out one scale a call, in floats, so it has all the figures on one of the scales: what it can do best.
Prints CPU time and the ratios; asserts that all reach the same tiers and pay the same, never how long they take.
`make bench` shows it; FIGURES says how many.
"""

from __future__ import annotations

import math
import os
import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import polars as pl
import pytest
from openfisca_core import taxscales

from rules.loading.load import read_programs
from rules.rating.tiers import compile_tiers, rate
from schemas.types import EXACT, VALUE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Found = TypeVar("Found")
FIGURES = int(os.environ.get("FIGURES", "1000000"))
PROGRAMS, REBATES = 100, 10
RELATIVE = 1e-9
PROGRAM = (
    "program: p{}\ntitle: P\nreference: r\ncurrency: USD\neffective: {{from: 2026-01-01, to: 2026-12-31}}\nrebates:\n"
)
REBATE = """
  r{}:
    period: quarter
    measure: revenue
    method: {}
    tiers: [{{from: {}, rate: 1%}}, {{from: 20000, rate: 1.5%}}, {{from: 50000, rate: 2%}}, {{from: 100000, rate: 3%}}]
"""


def scales() -> pl.DataFrame:
    texts = {}
    for program in range(PROGRAMS):
        methods = ["all_units" if (program + rebate) % 2 else "marginal" for rebate in range(REBATES)]
        rebates = [REBATE.format(number, method, 1000 + program) for number, method in enumerate(methods)]
        texts[f"p{program}.yaml"] = PROGRAM.format(program) + "".join(rebates)
    return compile_tiers(read_programs(texts))


def figures() -> pl.DataFrame:
    """Return FIGURES of all scales, every one a function of its row number."""
    row = pl.int_range(FIGURES, eager=True).alias("row").to_frame()
    figure = (pl.col("row").hash(7) % 40_000_000).cast(pl.Int64).cast(VALUE) / 100
    return row.with_columns(
        program=pl.format("p{}", pl.col("row") // REBATES % PROGRAMS),
        rebate=pl.format("r{}", pl.col("row") % REBATES),
        qualifier=figure.cast(VALUE),
        measure=figure.cast(VALUE),
    )


def by_sorting(values: pl.DataFrame, tiers: pl.DataFrame) -> pl.DataFrame:
    reached = values.sort("qualifier").join_asof(
        tiers.select("program", "rebate", "tier", "lower", "a", "b").sort("lower"),
        left_on="qualifier", right_on="lower", by=["program", "rebate"], check_sortedness=False,
    )  # fmt: skip
    paid = pl.col("a") + pl.col("b") * pl.col("measure").cast(EXACT)
    return reached.select("row", pl.col("tier").fill_null(0), unrounded=paid.fill_null(0))


def by_openfisca(tiers: pl.DataFrame) -> dict[tuple[str, str], Callable[[Floats], Floats]]:
    """Return what computes two rebates of the first program, by rebate and method.

    They have no scale of all units: it is the rate of the bracket, on the figure.
    """
    marginal, bracket = taxscales.MarginalRateTaxScale(), taxscales.SingleAmountTaxScale()
    for rebate, scale in (("r0", marginal), ("r1", bracket)):
        for bound, rate_there in tiers.filter(program="p0", rebate=rebate).select("lower", "rate").iter_rows():
            scale.add_bracket(float(bound), float(rate_there))
    return {
        ("r0", "marginal"): marginal.calc,
        ("r1", "all units"): lambda figures: figures * bracket.calc(figures),
    }


def timed(work: Callable[[], Found]) -> tuple[Found, float]:
    """Return what `work` makes, and the CPU seconds of the cheapest of three times, after one to warm up."""
    found, least = work(), math.inf
    for _ in range(3):
        began = time.process_time()
        found = work()
        least = min(least, time.process_time() - began)
    return found, least


@pytest.mark.long
def test_many_figures_on_a_thousand_scales(capsys: pytest.CaptureFixture[str]) -> None:
    tiers, values = scales(), figures()
    rated, seconds = timed(lambda: rate(values.lazy(), tiers).collect(engine="in-memory"))
    expected, slower = timed(lambda: by_sorting(values, tiers))
    assert rated.select("row", "tier", "unrounded").sort("row").equals(expected.sort("row"))
    lines = [f"{PROGRAMS * REBATES:,} scales: {FIGURES / seconds:,.0f} figures a second of CPU"]
    lines += [f"{slower / seconds:.2f} x as many as a sort and an as-of join"]
    amounts = values["qualifier"].cast(pl.Float64).to_numpy()
    for (rebate, method), calc in by_openfisca(tiers).items():
        theirs, taken = timed(partial(calc, amounts))
        of_scale = values.with_columns(program=pl.lit("p0"), rebate=pl.lit(rebate))
        ours = rate(of_scale.lazy(), tiers).collect(engine="in-memory").sort("row")
        assert np.allclose(ours["unrounded"].cast(pl.Float64), theirs, rtol=RELATIVE)
        lines += [f"{taken / seconds:.2f} x as many as OpenFisca in floats on one scale, {method}"]
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201
