"""The SQL of each column of a data set: how it is taken from an extract, typed, and its faults named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.intake import cast_text, cast_typed, day_text, number_text
from pipelines.warehouse.quoting import literal, quoted
from schemas.catalogue import DATA_SETS

if TYPE_CHECKING:
    from pipelines.intake.cast_text import Reading
    from pipelines.sources.column_mapping import ColumnMapping
    from schemas.catalogue import Column

# The characters that join the parts of a row key, and that escape them within a part.
SEPARATOR, ESCAPE = "|", "\\"


@dataclass(frozen=True)
class ColumnSql:
    """One column: `raw` over the extract; `typed` and `reason` over the raw value under the name `alias`.

    `text`: the SQL of the value if it is text in the extract. `at_once`: the SQL that types most of these texts as they
    came, so that they need no cleaning; `typed` and `raw` know the result by the name `known`. `rounding`: the decimals
    to which a float is rounded before it is typed; `raw` is then a wide decimal.
    """

    name: str
    alias: str
    raw: str
    typed: str
    reason: str
    rounding: int | None = None
    text: str | None = None
    at_once: str | None = None

    @property
    def known(self) -> str:
        """Return the name of what was typed at once."""
        return quoted(f"{self.name} typed at once")


def columns_sql(mapping: ColumnMapping, types: dict[str, str], reading: Reading) -> list[ColumnSql]:
    """Return the columns that an extract provides: the data set's first, then the extra ones.

    `types`: the SQL type of every column of the extract.
    """
    data_set = DATA_SETS[reading.source.data_set]
    result: list[ColumnSql] = []
    for column in data_set.columns:
        theirs, constant = mapping.columns.get(column.name), mapping.constants.get(column.name)
        if theirs is None and constant is None:
            continue
        alias = quoted(f"raw {len(result)}")  # no column of ours or theirs has a blank in its name
        found = "VARCHAR" if theirs is None else types[theirs]
        value = literal(constant or "") if theirs is None else quoted(theirs)
        if isinstance(column.dtype, pl.String):
            is_id = column.name in data_set.ids
            refers = column.name in data_set.references
            # A factor is kept as text, for a fraction may be one; else it is written as the numbers of its source are.
            read = number_text.factor(alias, reading.source) if _is_factor(column, found) else alias
            shaped = (
                cast_text.identifier(alias, reading.ids, refers=refers, is_needed=not column.nullable)
                if is_id
                else cast_text.text(read, case=column.case)
            )
            result.append(
                _text_column(column.name, alias, _as_text(value, found, column.name, reading), shaped, reading)
            )
        elif found == "VARCHAR" or (isinstance(column.dtype, pl.Date) and "INT" in found):
            result.append(_written_column(column, alias, _as_text(value, found, column.name, reading), reading))
        else:
            result.append(_typed_column(column.name, alias, value, found, column.dtype, reading))
    extras = {name: _as_text(quoted(theirs), types[theirs], name, reading) for name, theirs in mapping.extras.items()}
    own = {column.name for column in data_set.columns}
    extras |= {name: literal(value) for name, value in mapping.constants.items() if name not in own}
    for name, value in extras.items():
        alias = quoted(f"raw {len(result)}")  # no column of ours or theirs has a blank in its name
        # A column that nobody uses must never stop a file; one of the key must not become like another's.
        shaped = cast_text.text(alias, case=None) if name in mapping.key else cast_text.unused(alias)
        result.append(_text_column(name, alias, value, shaped, reading))
    return result


def _is_factor(column: Column, found: str) -> bool:
    return column.name == "factor" and found == "VARCHAR"


def row_key(source: str, key: tuple[str, ...], *, there: set[str]) -> str:
    """Return the SQL that joins source and key columns so that different keys never give the same text.

    A column that is not `there` in the extract gives the same key as one that is there and empty.
    """
    # Differs from every escaped value: after an escape character only another one or a separator may follow.
    empty = literal(f"{ESCAPE}0")
    parts = [f"COALESCE({_escaped(name)}, {empty})" if name in there else empty for name in key]
    return _between([literal(source), *parts])


def joined(key: tuple[str, ...]) -> str:
    """Return the SQL that joins the key columns to one id; NULL if one of them is empty."""
    return _between([_escaped(name) for name in key])


def _between(parts: list[str]) -> str:
    return f" || {literal(SEPARATOR)} || ".join(parts)


def _escaped(name: str) -> str:
    value = escaped = f"CAST({quoted(name)} AS VARCHAR)"
    for special in (ESCAPE, SEPARATOR):
        escaped = f"replace({escaped}, {literal(special)}, {literal(ESCAPE + special)})"
    # Hardly any value holds them, and the test is cheaper than two replacements.
    is_special = " OR ".join(f"contains({value}, {literal(special)})" for special in (ESCAPE, SEPARATOR))
    return f"CASE WHEN {is_special} THEN {escaped} ELSE {value} END"


def _as_text(value: str, found: str, name: str, reading: Reading) -> str:
    if found in _FLOATS and name in reading.source.whole_numbers:
        # Above this a float no longer tells every whole number from the next: with an exponent, it is refused.
        exact = f"CAST({value} AS VARCHAR)"
        shown = f"CASE WHEN abs({value}) <= {_FLOATS[found]} THEN {exact} ELSE format('{{:e}}', {value}) END"
        return f"CASE WHEN NOT isnan({value}) THEN {shown} END"
    if found.startswith("TIMESTAMP WITH"):
        # In UTC, as every machine shows it.
        return f"CAST(timezone('UTC', {value}) AS VARCHAR) || '+00'"
    return value if found == "VARCHAR" else f"CAST({value} AS VARCHAR)"


_FLOATS = {"FLOAT": 2**24, "DOUBLE": 2**53}


def _text_column(name: str, alias: str, value: str, shaped: str, reading: Reading) -> ColumnSql:
    reason = cast_text.reason(alias, pl.String(), reading)
    if name in reading.source.whole_numbers:
        shaped, reason = cast_text.whole(alias, shaped), cast_text.whole_reason(alias, reason)
    return ColumnSql(name, alias, cast_text.trimmed(value), shaped, reason, text=value)


def _written_column(column: Column, alias: str, value: str, reading: Reading) -> ColumnSql:
    """Return a column of numbers, days, instants or truths that the extract has as texts."""
    typed = cast_text.typed(alias, column.name, column.dtype, reading)
    reason = cast_text.reason(alias, column.dtype, reading)
    at_once = cast_text.typed_at_once(value, column, reading.source)
    result = ColumnSql(column.name, alias, cast_text.trimmed(value), typed, reason, text=value, at_once=at_once)
    if at_once is None:
        return result
    raw = cast_text.trimmed_unless(result.known, value)
    return replace(result, raw=raw, typed=f"COALESCE({result.known}, {typed})")


def _typed_column(name: str, alias: str, value: str, found: str, target: pl.DataType, reading: Reading) -> ColumnSql:
    if found.startswith("TIMESTAMP WITH") and reading.source.time_zone is not None:
        value, found = day_text.in_zone(value, reading.source.time_zone), "TIMESTAMP"
    reason = cast_typed.reason(alias, found, target)
    digits = reading.source.round.get(name)
    if digits is not None and not cast_typed.is_exact(found, target):
        return ColumnSql(name, alias, value, quoted(f"rounded {name}"), reason, rounding=digits)
    return ColumnSql(name, alias, value, cast_typed.cast(alias, found, target), reason)
