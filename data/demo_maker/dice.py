"""Pseudo-random numbers that never change: SplitMix64 over a counter, the same in Python and in Polars.

Every number is drawn from (seed, stream, index) alone, so any row can be made without the rows before it, and no
library's own generator, which may change with its version, is involved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

# The constants of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_WORD = (1 << 64) - 1
_HALF = 1 << 32


def roll(sides: int, index: int, *, stream: str, seed: int) -> int:
    """Return a pseudo-random whole number from 0 to `sides` - 1 (sides at most 2^32)."""
    mixed = _mix((_start(stream, seed) + index * _GOLDEN) & _WORD)
    # Multiply and shift instead of a remainder, which would favour small numbers.
    return (mixed >> 32) * sides >> 32


def draw(sides: int, index: pl.Series, *, stream: str, seed: int) -> pl.Series:
    """Return what `roll` returns, for a whole column of indexes; i64."""
    mixed = _mix_column(index.cast(pl.UInt64) * _word(_GOLDEN) + _word(_start(stream, seed)))
    return ((mixed // _word(_HALF)) * _word(sides) // _word(_HALF)).cast(pl.Int64)


def draw_weighted(weights: Sequence[int], index: pl.Series, *, stream: str, seed: int) -> pl.Series:
    """Return positions in `weights`, each as often as its weight says; i64."""
    ends = pl.Series(weights, dtype=pl.Int64).cum_sum()
    at = draw(int(ends[-1]), index, stream=stream, seed=seed)
    return ends.search_sorted(at, side="right").cast(pl.Int64)


def _start(stream: str, seed: int) -> int:
    return _mix((seed * _GOLDEN + crc32(stream.encode())) & _WORD)


def _mix(value: int) -> int:
    value = (value ^ (value >> 30)) * _FIRST & _WORD
    value = (value ^ (value >> 27)) * _SECOND & _WORD
    return value ^ (value >> 31)


def _mix_column(value: pl.Series) -> pl.Series:
    # Integers of Polars wrap around silently, as SplitMix64 requires; `//` by a power of two shifts.
    value = (value ^ (value // _word(1 << 30))) * _word(_FIRST)
    value = (value ^ (value // _word(1 << 27))) * _word(_SECOND)
    return value ^ (value // _word(1 << 31))


def _word(value: int) -> pl.Series:
    return pl.Series([value], dtype=pl.UInt64)
