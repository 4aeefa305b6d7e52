"""The payees of a run, by the member rows valid on its as-of date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.in_force import known_by
from pipelines.warehouse.frames import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import polars as pl

    from pipelines.books.runs import OpenRun


def read_payees(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return every member as a payee, by the row valid on the as-of date: payee_id, payee_name, language."""
    return read_as_payees(connection, run, ("name AS payee_name", "language"))


def read_as_payees(connection: duckdb.DuckDBPyConnection, run: OpenRun, columns: Sequence[str]) -> pl.DataFrame:
    """Return payee_id and `columns` (SQL, from code) of every member, by the row valid on the as-of date.

    A member without a row for that day has its latest one, so that a former member can still be paid.
    """
    query = f"""
        SELECT member_id AS payee_id, {", ".join(columns)}
        FROM ({known_by(run, "members")})
        QUALIFY ROW_NUMBER() OVER (
            PARTITION BY member_id
            ORDER BY ? BETWEEN COALESCE(valid_from, DATE '0001-01-01') AND COALESCE(valid_to, DATE '9999-12-31') DESC,
                valid_from DESC NULLS LAST, row_key
        ) = 1
    """  # noqa: S608 - a query from code
    return read(connection, query, [run.as_of])
