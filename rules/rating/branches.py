"""Branches: rows that are rated in different ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

Branch = tuple[pl.Expr, "Callable[[pl.LazyFrame], pl.LazyFrame]"]


def by_branch(rows: pl.LazyFrame, *branches: Branch) -> pl.LazyFrame:
    """Return the rows, each worked out by its branch: a condition, of which exactly one holds for a row, and a step.

    The rows are collected, so that what was done to them before is not planned again for each branch, and a branch that
    has no rows is not planned at all: on a few rows planning takes longer than the rest.
    """
    there = rows.collect()
    parts = [(there.filter(condition), work) for condition, work in branches]
    filled = [(part, work) for part, work in parts if not part.is_empty()]
    # Without any row the first case still has to run: its result carries the columns.
    return pl.concat([work(part.lazy()) for part, work in filled or parts[:1]])
