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
    has_slopes, has_multiples = is_sloped(tiers), counts_multiples(tiers)
    paid = _payout(pl.min_horizontal(counting("measure"), "cap"), has_slopes=has_slopes, has_multiples=has_multiples)
    sloping, counted = ["bound", "rise", "run"] if has_slopes else [], ["every"] if has_multiples else []
    needed = ["cap", "a", "b", "most", *sloping, *counted]
    scales = tiers.select("program", "rebate").unique(maintain_order=True).with_row_index("scale", offset=1)
    ladder = _ladder(tiers, scales)
    reached = pl.lit(ladder["place"]).search_sorted(_place(pl.col("qualifier")), side="right") - 1
    return (
        values.join(scales.lazy(), on=["program", "rebate"], how="left")
        # The last segment that does not begin above the qualifier: searched, since sorting the rows takes longer.
        .with_columns(reached=reached)
        .with_columns(pl.lit(ladder[name]).gather(pl.col("reached")).alias(name) for name in ("tier", *needed))
        .with_columns(unrounded=paid)
        .drop(*needed, "scale", "reached")
    )


def _ladder(tiers: pl.DataFrame, scales: pl.DataFrame) -> pl.DataFrame:
    """Return the segments of all scales in the order of their places; each begins with tier 0, which pays nothing.

    So does what is no scale, with the number 0.
    """
    numbered = tiers.select("program", "rebate", *SEGMENT).join(scales, on=["program", "rebate"])
    every_scale = pl.int_range(scales.height + 1, dtype=pl.UInt32, eager=True).alias("scale").to_frame()
    below = every_scale.with_columns(tier=pl.lit(0, dtype=pl.Int32))
    every = pl.concat([numbered, below], how="diagonal")
    return every.with_columns(place=_place(pl.col("lower"))).sort("place")


def _place(figure: pl.Expr) -> pl.Expr:
    """Return the place of a figure (VALUE, null: below all) on the scale of its row, among the places of all scales.

    Each scale has 2**106 places, one for each 1E-10 below and above zero: more than there are between the largest
    bounds, which lie below 10**21, and so few that those of a million scales fit 128 bits.
    """
    half = 1 << 105
    inside = figure.to_physical().cast(pl.Int128).clip(1 - half, half - 1).fill_null(-half)
    return pl.col("scale").fill_null(0).cast(pl.Int128) * (2 * half) + inside


def counting(measure: str) -> pl.Expr:
    """Return the measure to which a rate applies, never below zero."""
    return pl.max_horizontal(pl.col(measure).fill_null(0), NO_MEASURE)


def is_sloped(tiers: pl.DataFrame) -> bool:
    """Return whether any segment slopes; if none does, the division, the slowest step, is left out."""
    return bool((tiers["rise"] != 0).any())


def counts_multiples(tiers: pl.DataFrame) -> bool:
    """Return whether any segment pays per full multiple; if none does, that division is left out as well."""
    return tiers["every"].null_count() < tiers.height


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


def _payout(measure: pl.Expr, *, has_slopes: bool, has_multiples: bool) -> pl.Expr:
    """Return what the segment pays on the measure; zero if no tier is reached, null if the measure is too large."""
    is_small = measure <= pl.col("most")
    # Too large a measure is replaced before it is multiplied: polars evaluates both sides of a condition.
    sure = pl.when(is_small).then(measure).otherwise(NO_MEASURE)
    counted = sure.cast(EXACT)
    if has_multiples:
        counted = pl.when(pl.col("every").is_null()).then(counted).otherwise(full_multiples(sure, pl.col("every")))
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
