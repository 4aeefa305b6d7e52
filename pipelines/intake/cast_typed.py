"""Typing of Parquet columns as SQL: a typed value becomes ours exactly or not at all."""

from __future__ import annotations

import polars as pl

from pipelines.warehouse.data_tables import sql_type

WIDE = pl.Decimal(28, 10)
"""Floats become this before the stated rounding: ten decimals show the number that was meant."""


def is_exact(found: str, target: pl.DataType) -> bool:
    """Return whether every value of the SQL type `found` either casts to `target` without loss, or fails to cast."""
    if not isinstance(target, pl.Decimal) or "INT" in found:
        return True
    return found.startswith("DECIMAL") and int(found.rstrip(")").rpartition(",")[2]) <= target.scale


def cast(value: str, found: str, target: pl.DataType) -> str:
    """Return the SQL that casts a typed value; NULL where it does not fit exactly."""
    kind = sql_type(target)
    if is_exact(found, target):
        return f"TRY_CAST({value} AS {kind})"
    # DuckDB rounds when it casts to fewer decimals: the comparison finds that.
    return f"CASE WHEN TRY_CAST({value} AS {kind}) = {value} THEN TRY_CAST({value} AS {kind}) END"


def reason(value: str, found: str, target: pl.DataType) -> str:
    """Return the SQL of the reason why a typed value could not become `target`."""
    if found in {"FLOAT", "DOUBLE"}:
        return f"CASE WHEN isfinite({value}) THEN 'out_of_range' ELSE 'not_a_number' END"
    if is_exact(found, target):
        return "'out_of_range'"
    return f"CASE WHEN TRY_CAST({value} AS {sql_type(target)}) IS NULL THEN 'out_of_range' ELSE 'too_many_decimals' END"
