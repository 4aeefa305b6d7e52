"""What rating takes: many figures on a thousand scales at once, beside the same found by an as-of join of sorted rows.

Prints CPU time and the ratio; asserts that both reach the same tiers and pay the same, never how long they take.
`make bench` shows it; FIGURES says how many.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import polars as pl
import pytest

from rules.loading.load import read_programs
from rules.rating.tiers import compile_tiers, rate
from schemas.types import EXACT, VALUE

if TYPE_CHECKING:
    from collections.abc import Callable

FIGURES = int(os.environ.get("FIGURES", "1000000"))
PROGRAMS, REBATES = 100, 10
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


def timed(work: Callable[[], pl.DataFrame]) -> tuple[pl.DataFrame, float]:
    began = time.process_time()
    return work(), time.process_time() - began


@pytest.mark.long
def test_many_figures_on_a_thousand_scales(capsys: pytest.CaptureFixture[str]) -> None:
    tiers, values = scales(), figures()
    rated, seconds = timed(lambda: rate(values.lazy(), tiers).collect(engine="in-memory"))
    expected, slower = timed(lambda: by_sorting(values, tiers))
    assert rated.select("row", "tier", "unrounded").sort("row").equals(expected.sort("row"))
    speed, ratio = f"{FIGURES / seconds:,.0f} a second of CPU", f"{seconds / slower:.2f} x a sort and an as-of join"
    with capsys.disabled():
        print(f"\n{FIGURES:,} figures, {PROGRAMS * REBATES:,} scales: {speed}, {ratio}")  # noqa: T201
