"""Classes: products, and kinds of transaction, that every rebate treats alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ATTRIBUTE_SEPARATOR = "\x1f"
"""Stands between the values of an attribute key; control characters never pass the door, so it is unambiguous."""


def classify(rows: pl.DataFrame, filters: Mapping[str, pl.Expr], *, also_by: Sequence[str] = ()) -> pl.DataFrame:
    """Give rows the same class when every filter answers alike for them and the columns `also_by` agree.

    Returns `rows` with one more column, class (i32, from 1, in order of first appearance).
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
    return answered.join(classes, on=signature, how="left", nulls_equal=True, maintain_order="left").select(
        *rows.columns, "class"
    )


def classes_matched(classified: pl.DataFrame, filters: Mapping[str, pl.Expr], *, class_column: str) -> pl.DataFrame:
    """List which classes each filter lets through: columns filter, and the class under the name `class_column`."""
    one_of_each = classified.unique("class", keep="first", maintain_order=True)
    matched = [
        one_of_each.filter(expression).select(pl.lit(name).alias("filter"), pl.col("class").alias(class_column))
        for name, expression in filters.items()
    ]
    if not matched:
        return pl.DataFrame(schema={"filter": pl.String, class_column: pl.Int32})
    return pl.concat(matched)


def attribute_key(columns: Sequence[str]) -> pl.Expr:
    """Join the values of `columns` to the one text that the scan looks an attribute class up by."""
    if not columns:
        return pl.lit("")
    return pl.concat_str([pl.col(name).fill_null("") for name in columns], separator=ATTRIBUTE_SEPARATOR)
