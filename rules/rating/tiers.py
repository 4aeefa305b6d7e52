"""Tiers: every scale compiled to segments, and all rebates of all members rated in one join."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.scales import amount_of, rate_of, segments
from rules.language.reading import plain
from rules.rating.integers import along_slope, full_multiples
from schemas.errors import Problem, RuleError
from schemas.types import EXACT, VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.language.model import Program, Rebate

TIERS = pl.Schema(
    {
        "program": pl.String(),
        "rebate": pl.String(),
        "tier": pl.Int32(),
        "lower": VALUE,
        "bound": VALUE,
        "is_strict": pl.Boolean(),
        "rate": EXACT,
        "fixed": EXACT,
        "every": VALUE,
        "cap": VALUE,
        "a": EXACT,
        "b": EXACT,
        "rise": pl.Int64(),
        "run": pl.Int64(),
        "most": VALUE,
    }
)
"""One segment per tier, from the qualifier `lower` up to the next tier's: a + b * m + rise / run * m * (m - bound).

m is the measure, cut at `cap`; with `every`, how often that fits into it. Above `most` no payout can be computed.
`bound` and `is_strict` are as written ("above 7" begins at 7.0000000001); `rate`, `fixed`, `every` and `cap` are the
tier's own.
"""

SEGMENT = ("tier", "lower", "bound", "every", "cap", "a", "b", "rise", "run", "most")
"""The columns that determine what a tier pays, with the tier first."""

NO_MEASURE = pl.lit(0).cast(VALUE)
_NOTHING = pl.lit(0).cast(EXACT)
_SHOWN = 20


def compile_tiers(programs: Iterable[Program]) -> pl.DataFrame:
    """Return every tier of `programs` as one segment (see scales.py): TIERS, sorted by program, rebate and tier."""
    rows = [
        (program.id, name, *row)
        for program in sorted(programs, key=lambda program: program.id)
        for name, rebate in sorted(program.rebates.items())
        for row in _segments(rebate)
    ]
    return pl.DataFrame(rows, schema=TIERS, orient="row")


def rate(values: pl.LazyFrame, tiers: pl.DataFrame) -> pl.LazyFrame:
    """Return `values` with the tier that the qualifier reaches and what it pays.

    `values` has program, rebate, qualifier and measure (VALUE, null allowed); `tiers` is TIERS. Adds tier (i32 from 1;
    0 where none is reached or the qualifier is null) and unrounded (EXACT, 0 where no tier is reached; null where the
    measure is too large, see refuse_too_large); the rows are in no particular order. A measure that is negative or null
    counts as zero. unrounded is exact; on a sliding scale it is cut after eighteen decimals.
    """
    paid = _payout(pl.min_horizontal(counting("measure"), "cap"), has_slopes=is_sloped(tiers))
    return (
        # An as-of join finds the last tier whose lower bound is not above the qualifier. polars cannot check sortedness
        # within groups; both sides are sorted as a whole.
        values.sort("qualifier")
        .join_asof(
            tiers.lazy().select("program", "rebate", *SEGMENT).sort("lower"),
            left_on="qualifier", right_on="lower", by=["program", "rebate"], coalesce=True, check_sortedness=False,
        )
        .with_columns(tier=pl.col("tier").fill_null(0), unrounded=paid)
        .drop(SEGMENT[1:])
    )  # fmt: skip


def counting(measure: str) -> pl.Expr:
    """Return the measure to which a rate applies, never below zero."""
    return pl.max_horizontal(pl.col(measure).fill_null(0), NO_MEASURE)


def is_sloped(tiers: pl.DataFrame) -> bool:
    """Return whether any segment slopes; if none does, the division, the slowest step, is left out."""
    return bool((tiers["rise"] != 0).any())


def refuse_too_large(rated: pl.DataFrame, amount: str) -> pl.DataFrame:
    """Return `rated` unchanged if no `amount` in it is null, that is, none was too large to be computed.

    Raises:
        RuleError: there is such an amount; the message names program, rebate and the largest measure of each.
    """
    lost = rated.filter(pl.col(amount).is_null()).group_by("program", "rebate").agg(pl.col("measure").max())
    if lost.is_empty():
        return rated
    todo = "look for a wrong unit or decimal mark in the figures and in the rates of the scale"
    raise RuleError(
        *(
            Problem(f"{program}, {rebate}: what is paid on {plain(measure)} is too large to be reckoned", todo)
            for program, rebate, measure in lost.sort("program", "rebate").head(_SHOWN).iter_rows()
        )
    )


def _payout(measure: pl.Expr, *, has_slopes: bool) -> pl.Expr:
    """Return what the segment pays on the measure; zero if no tier is reached, null if the measure is too large."""
    is_small = measure <= pl.col("most")
    # Too large a measure is replaced before it is multiplied: polars evaluates both sides of a condition.
    sure = pl.when(is_small).then(measure).otherwise(NO_MEASURE)
    multiples = full_multiples(sure, pl.col("every"))
    counted = pl.when(pl.col("every").is_null()).then(sure.cast(EXACT)).otherwise(multiples)
    paid = pl.col("a") + pl.col("b") * counted
    if has_slopes:
        paid += along_slope(sure, pl.col("bound"), pl.col("rise"), pl.col("run"))
    return pl.when(is_small.is_null()).then(_NOTHING).when(is_small).then(paid)


def _segments(rebate: Rebate) -> Iterator[tuple[object, ...]]:
    """Yield the rows of TIERS, without program and rebate, of one rebate."""
    pairs = zip(rebate.tiers, segments(rebate.method, rebate.tiers), strict=True)
    for number, (tier, segment) in enumerate(pairs, start=1):
        written = (tier.bound, tier.is_strict, rate_of(tier), amount_of(tier), tier.every, tier.measure_cap)
        yield number, tier.lower, *written, segment.a, segment.b, segment.rise, segment.run, segment.most
