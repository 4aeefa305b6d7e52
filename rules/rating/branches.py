"""Cases: rows that are worked out in different ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

Case = tuple[pl.Expr, "Callable[[pl.LazyFrame], pl.LazyFrame]"]


def case_by_case(rows: pl.LazyFrame, *cases: Case) -> pl.LazyFrame:
    """Work out each row as its case says, a condition and what is done where it holds; exactly one holds for a row.

    The rows are collected, so that what was done to them before is not planned again for each case, and a case that
    has no rows is not planned at all: on a few rows planning takes longer than the rest.
    """
    there = rows.collect()
    parts = [(there.filter(condition), work) for condition, work in cases]
    filled = [(part, work) for part, work in parts if not part.is_empty()]
    return pl.concat([work(part.lazy()) for part, work in filled or parts[:1]])
