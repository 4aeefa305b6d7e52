"""Strict typing of text as SQL: each function returns an expression; nothing is guessed or rounded.

A pattern is matched before every cast, because TRY_CAST accepts 1e3 as a number and rounds 10.00555 silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.warehouse.data_tables import sql_type
from pipelines.warehouse.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.source import Source
    from schemas.workspace import Ids

BLANKS = " \t\r\n\u00a0\u3000\ufeff"
"""Characters ignored at either end of a value."""

LONGEST_TEXT = 10_000
"""The most characters of a text; longer ones are usually a quote that was never closed."""

LOOK = '"needs a look"'
"""The column that says whether the values of a row need cleaning."""

# A private-use character, which no extract has reason to hold.
_BETWEEN = "\ue000"
# Control characters except tab and line breaks, which a note may hold.
_CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]"
_DAY = r"\d{4}-\d{2}-\d{2}"
_TIME = r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_TRUE, _FALSE = ("true", "yes", "y", "1"), ("false", "no", "n", "0")


@dataclass(frozen=True)
class Reading:
    """How a source writes its values, and how ids are compared in the workspace."""

    source: Source
    ids: Ids


def needs_a_look(values: Sequence[str]) -> str:
    """Return the SQL condition that one of `values` has outer blanks or control characters, or is long.

    One test of the whole row costs a tenth of a test of each value, and hardly any row needs more.
    """
    joined = f"concat_ws({literal(_BETWEEN)}, {', '.join(values)})"
    pattern = f"(?:^|{_BETWEEN})[{BLANKS}]|[{BLANKS}](?:{_BETWEEN}|$)|{_CONTROL}"
    return f"(length({joined}) > {LONGEST_TEXT} OR regexp_matches({joined}, {literal(pattern)}))"


def trimmed(value: str) -> str:
    """Return the SQL of a text without blanks at either end."""
    return f"CASE WHEN {LOOK} THEN trim({value}, {literal(BLANKS)}) ELSE {value} END"


def filled(value: str) -> str:
    """Return the SQL of a text, NULL if it is empty.

    NULLIF would evaluate `value` twice.
    """
    return f"CASE WHEN {value} <> '' THEN {value} END"


def text(value: str, *, case: str | None) -> str:
    """Return the SQL of a text as it is; NULL if it is too long or has control characters."""
    is_plain = f"length({value}) <= {LONGEST_TEXT} AND NOT regexp_matches({value}, {literal(_CONTROL)})"
    checked = f"CASE WHEN NOT {LOOK} THEN {value} WHEN {is_plain} THEN {value} END"
    return f"{case}({checked})" if case else checked


def identifier(value: str, ids: Ids) -> str:
    """Return the SQL of an id in the form in which the workspace compares ids."""
    result = text(value, case="upper" if ids.case == "upper" else None)
    return (
        rf"NULLIF(regexp_replace({result}, '[^\p{{L}}\p{{N}}]', '', 'g'), '')" if ids.punctuation == "strip" else result
    )


def typed(value: str, dtype: pl.DataType, reading: Reading) -> str:
    """Return the SQL that turns a cleaned text into `dtype` (any but text); NULL where it is not exactly one."""
    if isinstance(dtype, pl.Decimal):
        return _decimal(value, dtype, reading.source.decimal_mark)
    if isinstance(dtype, pl.Date):
        return _day(value, reading.source.date_format)
    if isinstance(dtype, pl.Datetime):
        return f"CASE WHEN regexp_full_match({value}, '{_DAY}([T ]{_TIME})?') THEN TRY_CAST({value} AS TIMESTAMP) END"
    if isinstance(dtype, pl.Boolean):
        return f"CASE WHEN lower({value}) IN {_TRUE} THEN true WHEN lower({value}) IN {_FALSE} THEN false END"
    # Ten digits cover INTEGER; what is above its range fails the cast.
    return f"CASE WHEN regexp_full_match({value}, '[+-]?[0-9]{{1,10}}') THEN TRY_CAST({value} AS {sql_type(dtype)}) END"


def reason(value: str, dtype: pl.DataType, reading: Reading) -> str:
    """Return the SQL of the reason why a cleaned text could not become `dtype`."""
    if isinstance(dtype, pl.Decimal):
        number = _with_point(value, reading.source.decimal_mark)
        return f"""CASE WHEN NOT regexp_full_match({number}, '{_NUMBER}') THEN 'not_a_number'
            WHEN regexp_full_match({number}, '.*[.][0-9]{{{dtype.scale}}}[0-9]*[1-9][0-9]*') THEN 'too_many_decimals'
            ELSE 'out_of_range' END"""
    if isinstance(dtype, pl.String):
        return f"""CASE WHEN length({value}) > {LONGEST_TEXT} THEN 'too_long'
            WHEN regexp_matches({value}, {literal(_CONTROL)}) THEN 'control_character' ELSE 'not_an_id' END"""
    names = {pl.Date: "not_a_date", pl.Datetime: "not_a_timestamp", pl.Boolean: "not_a_boolean"}
    return literal(names.get(type(dtype), "not_an_integer"))


_NUMBER = r"[+-]?([0-9]+([.][0-9]+)?|[.][0-9]+)"


def _decimal(value: str, dtype: pl.Decimal, mark: str) -> str:
    scale, whole = dtype.scale, dtype.precision - dtype.scale
    # Only as many digits as the type holds, apart from zeros without effect: the cast can then neither round nor
    # overflow.
    pattern = rf"[+-]?(0*[0-9]{{1,{whole}}}([.][0-9]{{1,{scale}}}0*)?|[.][0-9]{{1,{scale}}}0*)"
    number = _with_point(value, mark)
    return f"CASE WHEN regexp_full_match({number}, '{pattern}') THEN TRY_CAST({number} AS {sql_type(dtype)}) END"


def _with_point(value: str, mark: str) -> str:
    """Return the SQL of a number with a decimal point.

    Where the mark is a comma, a point becomes a character that no number has.
    """
    return value if mark == "." else f"translate({value}, ',.', '.?')"


def _day(value: str, pattern: str) -> str:
    if pattern == "%Y-%m-%d":
        return f"CASE WHEN regexp_full_match({value}, '{_DAY}') THEN TRY_CAST({value} AS DATE) END"
    # try_strptime refuses days that do not exist and any text after the date.
    return f"CAST(try_strptime({value}, {literal(pattern)}) AS DATE)"
