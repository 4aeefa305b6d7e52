"""What the values of a row mean together: figures that take away, decimals they imply, ends that are open."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipelines.intake.cast_text import folded
from pipelines.intake.reject_reasons import CUT_SHORT
from pipelines.warehouse.data_tables import sql_type
from pipelines.warehouse.quoting import literal, quoted
from rules.money import MINOR_UNITS
from schemas.catalogue import DATA_SETS
from schemas.checks import EARLIEST
from schemas.source import FOR_EVER, SIGNED
from schemas.transactions import KNOWN_TYPES, NEGATIVE_TYPES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from schemas.source import Source

LAST_DAY = "valid_to"
"""The column of a last day, in every data set that has one.

What ended on the first day there is never was: it is how Dynamics and others write that a day is not stated.
"""


_CUT_SHORT = "[0-9]([.,][0-9]+)?[eE][+][0-9]+"


class RowCheck(NamedTuple):
    """A fault that only a row as a whole can show: its column and reason, and the SQL that is true where it is."""

    column: str
    reason: str
    is_wrong: str


def meant(name: str, source: Source, there: Collection[str]) -> str:
    """Return the SQL of a typed column as it is kept, under its name; `there` are the columns of the extract."""
    value = quoted(name)
    conditions = [f"NOT ({beyond})"] if (beyond := _beyond(name, source)) else []
    if name == LAST_DAY and (days := source.open_end):
        ends = ", ".join(f"DATE {literal(day.isoformat())}" for day in days)
        conditions.append(f"{value} NOT IN ({ends})")
    if conditions:
        return f"CASE WHEN {' AND '.join(conditions)} THEN {value} END AS {value}"
    result = _scaled(name, source)
    if source.data_set == "transactions" and name in SIGNED and (takes_away := _takes_away(source, there)):
        kind = sql_type(_dtype(name, source))
        result = f"CASE WHEN {takes_away} THEN CAST(-{result} AS {kind}) ELSE {result} END"
    return value if result == value else f"{result} AS {value}"


def row_checks(source: Source, there: Collection[str]) -> Iterator[RowCheck]:
    """Yield what a row is refused for because its values do not agree, over its typed columns."""
    for name, digits in source.implied_decimals.items():
        if name in there:
            yield RowCheck(name, "implied", f"{quoted(name)} <> trunc({quoted(name)})")
            if digits == "currency":
                yield RowCheck("currency", "no_minor_unit", f'"currency" NOT IN ({_list(MINOR_UNITS)})')
    yield from _checks_of_days(source, there)
    for name in sorted(_own_ids(source) & set(there)):
        cut = f"contains({quoted(name)}, '+') AND regexp_full_match({quoted(name)}, {literal(_CUT_SHORT)})"
        yield RowCheck(name, CUT_SHORT, cut)
    if source.data_set == "transactions":
        yield from _checks_of_signs(source, there)


def _checks_of_days(source: Source, there: Collection[str]) -> Iterator[RowCheck]:
    for name in sorted(there):
        if beyond := _beyond(name, source):
            # What is later than for ever where clocks are ahead is for ever as well.
            is_open = name == LAST_DAY and FOR_EVER in source.open_end
            yield RowCheck(name, "out_of_range", f"{quoted(name)} < {_FIRST_DAY}" if is_open else beyond)
        if name == LAST_DAY and EARLIEST not in source.open_end:
            yield RowCheck(name, "out_of_range", f"{quoted(name)} = DATE {literal(EARLIEST.isoformat())}")


def _checks_of_signs(source: Source, there: Collection[str]) -> Iterator[RowCheck]:
    column, words = _deciding(source)
    declared = _folded(source.signs.get("type", {}))
    # Not as a list: of five words DuckDB makes a table to join with, and rows lose their order.
    known = (f'"type" <> {literal(word)}' for word in (*declared, *KNOWN_TYPES))
    yield RowCheck("type", "unknown_type", " AND ".join(known))
    word = _word(column, there)
    if column != "type":
        yield RowCheck(column, "unknown_sign", f"COALESCE({word}, '') NOT IN ({_list(_folded(words))})")
    unsigned = _folded(text for text, sign in words.items() if sign != "as_written")
    if unsigned:
        yield from (
            RowCheck(name, "sign_twice", f"{word} IN ({_list(unsigned)}) AND {quoted(name)} < 0")
            for name in SIGNED
            if name in there
        )


def _own_ids(source: Source) -> set[str]:
    """Return the ids by which rows are told apart or counted; those of other data sets are found there, or are not."""
    data_set = DATA_SETS[source.data_set]
    counted = {column.name for column in data_set.columns if column.nullable}
    return (set(source.key or data_set.key) | counted) & set(data_set.ids) - data_set.references.keys()


def _beyond(name: str, source: Source) -> str:
    """Return the SQL condition that a day or time lies where no calendar of ours goes; empty where none can."""
    dtype = next((column.dtype for column in DATA_SETS[source.data_set].columns if column.name == name), None)
    if not isinstance(dtype, pl.Date | pl.Datetime):
        return ""
    return f"{quoted(name)} < {_FIRST_DAY} OR {quoted(name)} >= {_AFTER_LAST}"


_FIRST_DAY, _AFTER_LAST = "DATE '0001-01-01'", "DATE '10000-01-01'"


def _takes_away(source: Source, there: Collection[str]) -> str:
    """Return the SQL condition that the figures of a row, written without a sign, take away; empty if none do."""
    column, words = _deciding(source)
    minus = _folded(word for word, sign in words.items() if sign == "minus")
    conditions = [f"{_word(column, there)} IN ({_list(minus)})"] if minus else []
    if source.returns == "positive" and column == "type":
        turned = [kind for kind in NEGATIVE_TYPES if kind not in _folded(words)]
        conditions += [f'"type" IN ({_list(turned)})'] if turned else []
    return " OR ".join(conditions)


def _deciding(source: Source) -> tuple[str, Mapping[str, str]]:
    """Return the column whose words say whether a row adds or takes away, and what they say: type, unless another."""
    return next(
        ((name, words) for name, words in source.signs.items() if name != "type"),
        ("type", source.signs.get("type", {})),
    )


def _folded(words: Iterable[str]) -> list[str]:
    return [word.strip().lower() for word in words]


def _word(column: str, there: Collection[str]) -> str:
    if column == "type":
        return quoted(column)  # kept in small letters
    return folded(quoted(column)) if column in there else "CAST(NULL AS VARCHAR)"


def _scaled(name: str, source: Source) -> str:
    digits, value = source.implied_decimals.get(name), quoted(name)
    if digits is None:
        return value
    if digits == "currency":
        by_digits = {n: [code for code, most in MINOR_UNITS.items() if most == n] for n in set(MINOR_UNITS.values())}
        cases = " ".join(f'WHEN "currency" IN ({_list(codes)}) THEN {_fraction(n)}' for n, codes in by_digits.items())
        factor = f"CASE {cases} END"
    else:
        factor = _fraction(digits)
    return f"TRY_CAST({value} * {factor} AS {sql_type(_dtype(name, source))})"


def _fraction(digits: int) -> str:
    # One type for all of them: the branches of a CASE must not become floats.
    return f"CAST({literal(format(Decimal(1).scaleb(-digits), 'f'))} AS DECIMAL(11, 10))"


def _list(texts: Collection[str]) -> str:
    return ", ".join(map(literal, texts))


def _dtype(name: str, source: Source) -> pl.DataType:
    return next(column.dtype for column in DATA_SETS[source.data_set].columns if column.name == name)
