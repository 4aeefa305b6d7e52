"""Typed rows: the SQL that cleans and types the values of an extract, and finds the rows that have a fault."""

# Names are quoted and texts escaped by data_tables: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipelines.intake import cast_text, cast_typed
from pipelines.intake.input_sql import PLACE
from pipelines.warehouse.data_tables import sql_type
from pipelines.warehouse.quoting import quoted
from schemas.catalogue import DATA_SETS

if TYPE_CHECKING:
    from pipelines.intake.column_sql import ColumnSql
    from pipelines.intake.input_sql import Input
    from pipelines.intake.row_meaning import RowCheck
    from schemas.source import Source


class Typing(NamedTuple):
    """What becomes of the values of an extract: its columns, and what its rows as a whole are checked for."""

    columns: list[ColumnSql]
    checks: list[RowCheck]
    source: Source


def typed_rows(found: Input, typing: Typing) -> str:
    """Return the SQL of raw and typed values, nested so that each is evaluated once."""
    columns = typing.columns
    rounded = [column for column in columns if column.rounding is not None]
    tables = "".join(
        f" LEFT JOIN {rounding_of(column)} AS {rounding_of(column)} ON {rounding_of(column)}.value = "
        f"TRY_CAST({column.alias} AS {sql_type(cast_typed.WIDE)})"
        for column in rounded
    )
    mapped = "".join(f", {rounding_of(column)}.rounded AS {column.typed}" for column in rounded)
    inner = _cleaned(found, typing)
    inner = f"(SELECT i.*{mapped} FROM {inner} AS i{tables})" if rounded else inner
    typed = ", ".join(f"{column.typed} AS {quoted(column.name)}" for column in columns)
    return f"(SELECT *, {typed} FROM {inner})"


def _cleaned(found: Input, typing: Typing) -> str:
    """Return the SQL of the raw values, as the source means them, beside what was typed at once."""
    columns = typing.columns
    at_once = "".join(f", {column.at_once} AS {column.known}" for column in columns if column.at_once)
    inner = f"(SELECT *{at_once}, {_look(typing)} AS {cast_text.LOOK} FROM {found.rows})"
    known = "".join(f", {column.known}" for column in columns if column.at_once)
    raw = ", ".join(f"{column.raw} AS {column.alias}" for column in columns)
    inner = f"(SELECT {quoted(PLACE)} AS line, {cast_text.LOOK}{known}, {raw} FROM {inner})"
    filled = [
        f"{cast_text.filled(column.alias, column.name, typing.source)} AS {column.alias}"
        for column in columns
        if column.text is not None
    ]
    return f"(SELECT * REPLACE ({', '.join(filled)}) FROM {inner})" if filled else inner


def _look(typing: Typing) -> str:
    """Return the SQL condition that the texts of a row need cleaning, but for those that are typed as they came."""
    texts = {column.name: column.text for column in typing.columns if column.text and not column.at_once}
    data_set = DATA_SETS[typing.source.data_set]
    names = [text for name, text in texts.items() if name in set(data_set.ids) - data_set.references.keys()]
    return cast_text.needs_a_look([*texts.values()], names) if texts else "false"


def rounding_of(column: ColumnSql) -> str:
    """Return the name of the table with the rounded value of each value of a column."""
    return quoted(f"rounding of {column.name}")


def any_fault(typing: Typing) -> str:
    """Return the SQL condition that a row has a fault that typing it shows."""
    faults = [is_untyped(column) for column in typing.columns]
    return " OR ".join([*faults, *(is_wrong(check) for check in typing.checks)])


def is_untyped(column: ColumnSql) -> str:
    """Return the SQL condition that a value is there and could not be typed."""
    return f"({column.alias} IS NOT NULL AND {quoted(column.name)} IS NULL)"


def is_wrong(check: RowCheck) -> str:
    """Return the SQL condition that a row fails a check."""
    return f"COALESCE({check.is_wrong}, false)"
