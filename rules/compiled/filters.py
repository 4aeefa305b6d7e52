"""Filters: which members, products and transactions count, each as one Polars expression."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rules.language.model import Filter


def matches(condition: Filter | None, columns: Collection[str] | None = None) -> pl.Expr:
    """Return whether `condition` lets a row through; never null, and true without a condition.

    Values are compared as text without surrounding blanks. A missing value matches no entry, so it is neither included
    nor excluded by its column. `columns` are those of the rows; a column that is not among them is missing in every
    row. Without `columns` the rows must have every column of the filter.
    """
    if condition is None:
        return pl.lit(value=True)
    included = pl.lit(value=True) if condition.include is None else _any_of(condition.include, columns)
    return included if condition.exclude is None else included & ~_any_of(condition.exclude, columns)


def filter_columns(condition: Filter | None) -> tuple[str, ...]:
    """Return the columns that a filter uses, sorted."""
    entries = (*(condition.include or ()), *(condition.exclude or ())) if condition else ()
    return tuple(sorted({column for entry in entries for column in entry}))


def _any_of(entries: Collection[Mapping[str, Collection[str]]], columns: Collection[str] | None) -> pl.Expr:
    """Return whether a row matches any of the entries."""
    return reduce(or_, (_all_of(entry, columns) for entry in entries))


def _all_of(entry: Mapping[str, Collection[str]], columns: Collection[str] | None) -> pl.Expr:
    """Return whether a row matches every column of an entry."""
    if columns is not None and not set(entry) <= set(columns):
        return pl.lit(value=False)
    return reduce(and_, (_is_one_of(column, values) for column, values in entry.items()))


def _is_one_of(column: str, values: Collection[str]) -> pl.Expr:
    """Return whether the column's text is one of the values; false where it is null."""
    return pl.col(column).cast(pl.String).str.strip_chars().is_in(list(values)).fill_null(value=False)
