"""Classes: products, and kinds of transaction, that every rebate treats alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ATTRIBUTE_SEPARATOR = "\x1f"
"""Separates the values of an attribute key; unambiguous, because extracts with control characters are rejected."""


def classify(rows: pl.DataFrame, filters: Mapping[str, pl.Expr], *, also_by: Sequence[str] = ()) -> pl.DataFrame:
    """Return `rows` with a class: rows get the same one when every filter and the columns `also_by` agree for them.

    Adds one column, class (i32, from 1, in order of first appearance).
    """
    answers = [expression.fill_null(value=False).alias(f"answer {n}") for n, expression in enumerate(filters.values())]
    signature = [f"answer {n}" for n in range(len(answers))] + list(also_by)
    answered = rows.with_columns(answers)
    if not signature:
        return rows.with_columns(pl.lit(1, dtype=pl.Int32).alias("class"))
    classes = (
        answered.select(signature)
        .unique(maintain_order=True)
        .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).alias("class"))
    )
    # Nulls in `also_by` are values here; the order of rows stays, so the numbering is the same in every run.
    return answered.join(classes, on=signature, how="left", nulls_equal=True, maintain_order="left").select(
        *rows.columns, "class"
    )


def classes_matched(classified: pl.DataFrame, filters: Mapping[str, pl.Expr], *, class_column: str) -> pl.DataFrame:
    """Return which classes each filter lets through: columns filter, and the class under the name `class_column`."""
    # All rows of a class agree on every filter, so one of them answers for all.
    one_of_each = classified.unique("class", keep="first", maintain_order=True)
    matched = [
        one_of_each.filter(expression).select(pl.lit(name).alias("filter"), pl.col("class").alias(class_column))
        for name, expression in filters.items()
    ]
    if not matched:
        return pl.DataFrame(schema={"filter": pl.String, class_column: pl.Int32})
    return pl.concat(matched)


def attribute_key(columns: Sequence[str]) -> pl.Expr:
    """Return the text by which the scan looks up an attribute class: the values of `columns`, joined."""
    if not columns:
        return pl.lit("")
    return pl.concat_str([pl.col(name).fill_null("") for name in columns], separator=ATTRIBUTE_SEPARATOR)
