"""Strict typing of text as SQL: each function returns an expression; nothing is guessed or rounded.

A pattern is matched before every cast, because TRY_CAST accepts 1e3 as a number and rounds 10.00555 silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.intake import day_text, number_text
from pipelines.warehouse.data_tables import sql_type
from pipelines.warehouse.quoting import literal
from schemas.catalogue import DATA_SETS
from schemas.invisible import INVISIBLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.catalogue import Column
    from schemas.source import Source
    from schemas.workspace import Ids

BLANKS = " \t\r\n\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u205f\u3000\ufeff"
"""Characters ignored at either end of a value: every blank of Unicode, line ends, and the mark of the byte order."""

LONGEST_TEXT = 10_000
"""The most characters of a text; longer ones are usually a quote that was never closed."""

LOOK = '"needs a look"'
"""The column that says whether the values of a row need cleaning."""

WORDS_FOR_NOTHING = (
    r"\\n|null|none|nan|nat|nil|<na>|<null>|\((null|none|blank|empty|leer|vide)\)|n/a|n[.]a[.]"
    r"|__hive_default_partition__|#n/a|#n/d|#nv|#[a-z0-9/_]+[!?]"
)
"""What other systems write for nothing, and errors of spreadsheets: a pattern, in small letters."""
_NO_IDS = rf"{WORDS_FOR_NOTHING}|[-\x{{2013}}\x{{2014}}?*_]+"
_NULL_WORDS = f"(?i:{_NO_IDS})"
"""Those, and dashes alone: no id is called so, but an extract full of them would make one of it."""
_NULL_WORDS_OR_NA = f"(?i:{_NO_IDS}|na)"
"""R writes NA for nothing. A member may be called so, as a region is; an order is not, nor what need not be there."""
# A private-use character, which no extract has reason to hold.
_BETWEEN = "\ue000"
# Control characters except tab and line breaks, which a note may hold.
_CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]"
_TRUE, _FALSE = ("true", "yes", "y", "1"), ("false", "no", "n", "0")


@dataclass(frozen=True)
class Reading:
    """How a source writes its values, and how ids are compared in the workspace."""

    source: Source
    ids: Ids


def needs_a_look(values: Sequence[str], names: Sequence[str]) -> str:
    """Return the SQL condition that one of `values` has outer blanks or unseen characters, is long or can be no id.

    `names`: those among them that must be ids. Each value is tested by plain functions alone: DuckDB asks them once for
    each entry of the dictionary that most columns of Parquet have, and hardly any row needs more.
    """
    joined = f"concat_ws({literal(_BETWEEN)}, {', '.join(values)})"
    no_id = f"(?:^|{_BETWEEN}){_NULL_WORDS_OR_NA}(?:{_BETWEEN}|$)"
    pattern = f"(?:^|{_BETWEEN})[{BLANKS}]|[{BLANKS}](?:{_BETWEEN}|$)|{_CONTROL}|{INVISIBLE}|{no_id}"
    is_plain = [f"COALESCE({_is_plain_ascii(value)}, true)" for value in values]
    is_plain += [f"COALESCE({_is_no_word(name)}, true)" for name in names]
    is_odd = f"length({joined}) > {LONGEST_TEXT} OR regexp_matches({joined}, {literal(pattern)})"
    return f"CASE WHEN {' AND '.join(is_plain)} THEN false ELSE {is_odd} END"


def _is_plain_ascii(value: str) -> str:
    """Return the SQL condition that a text is of at most LONGEST_TEXT plain characters and has no blank around it."""
    # Bytes shown as text are as they were where all are plain ASCII, which takes a third of the time of a pattern. What
    # lies between a blank and the next character begins with a blank: comparing costs nothing beside starts_with.
    return (
        f"CAST(encode({value}) AS VARCHAR) = {value} AND strlen({value}) <= {LONGEST_TEXT}"
        f" AND NOT ({value} >= ' ' AND {value} < '!') AND NOT ends_with({value}, ' ')"
    )


def _is_no_word(value: str) -> str:
    """Return the SQL condition that a text is none of the words for nothing, by its length and its characters."""
    is_long = f"strlen({value}) > 6 AND strlen({value}) <> 26"
    return f"{is_long} AND {value} >= '0'"


def trimmed(value: str) -> str:
    """Return the SQL of a text without blanks at either end."""
    return f"CASE WHEN {LOOK} THEN trim({value}, {literal(BLANKS)}) ELSE {value} END"


def trimmed_unless(typed: str, value: str) -> str:
    """Return the SQL of a text without blanks at either end, unless it could be `typed` with them or without."""
    return f"CASE WHEN {typed} IS NULL THEN trim({value}, {literal(BLANKS)}) ELSE {value} END"


def filled(value: str, name: str, source: Source) -> str:
    """Return the SQL of a text as the source means it: in our words, and NULL if it stands for nothing.

    NULLIF would evaluate `value` twice.
    """
    nothing = ", ".join(literal(text.strip()) for text in source.nothing)
    is_something = f"{value} <> ''" + (f" AND {value} NOT IN ({nothing})" if nothing else "")
    for column in DATA_SETS[source.data_set].columns:
        if column.name == name and column.empty_word:
            is_something += f" AND {folded(value)} <> {literal(column.empty_word)}"
    meant = _whole(value) if name in source.whole_numbers else value
    if words := source.values.get(name):
        known = " ".join(f"WHEN {folded(literal(theirs))} THEN {literal(ours)}" for theirs, ours in words.items())
        meant = f"CASE {folded(meant)} {known} ELSE {meant} END"
    return f"CASE WHEN {is_something} THEN {meant} END"


def folded(text: str) -> str:
    """Return the SQL of a text as words of a source are compared: small and capital letters are alike."""
    return f"lower(trim({text}))"


def _whole(value: str) -> str:
    """Return the SQL of a whole number that came as a float without its decimals: 70012.0 is 70012."""
    # A float holds whole numbers exactly up to 2**53, which has sixteen digits and begins with 9.
    return f"regexp_replace({value}, '^([+-]?([0-9]{{1,15}}|[1-8][0-9]{{15}}))[.]0+$', '\\1')"


def whole(value: str, shaped: str) -> str:
    """Return `shaped`; NULL where `value` is a number that is not whole."""
    return f"CASE WHEN NOT regexp_full_match({value}, {literal(_NOT_WHOLE)}) THEN {shaped} END"


def whole_reason(value: str, reason: str) -> str:
    """Return the SQL of the reason why a text of whole numbers could not be taken."""
    return f"CASE WHEN regexp_full_match({value}, {literal(_NOT_WHOLE)}) THEN 'not_whole' ELSE {reason} END"


_NOT_WHOLE = "[+-]?([0-9]*[.][0-9]*([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|inf)"


def unused(value: str) -> str:
    """Return the SQL of a text that is not ours: what it may not hold goes, since nobody may need it."""
    plain = f"left(regexp_replace({value}, {literal(_CONTROL)}, ' ', 'g'), {LONGEST_TEXT})"
    return f"CASE WHEN {LOOK} THEN {plain} ELSE {value} END"


def text(value: str, *, case: str | None) -> str:
    """Return the SQL of a text as it is; NULL if it is too long or has control characters."""
    checked = f"CASE WHEN NOT {LOOK} THEN {value} WHEN {_is_plain(value)} THEN {value} END"
    return f"{case}({checked})" if case else checked


def _is_plain(value: str) -> str:
    return f"length({value}) <= {LONGEST_TEXT} AND NOT regexp_matches({value}, {literal(_CONTROL)})"


def identifier(value: str, ids: Ids, *, refers: bool = False, is_needed: bool = True) -> str:
    """Return the SQL of an id in the form in which the workspace compares ids; NULL if it is no id.

    An id that `refers` to a row of another data set may be any word: it is there, or it is not. None may hold what
    nobody sees. One that is not `is_needed` is not called NA.
    """
    is_id = f"{_is_plain(value)} AND NOT regexp_matches({value}, {literal(INVISIBLE)})"
    if not refers:
        is_id += f" AND NOT regexp_full_match({value}, {literal(_NULL_WORDS if is_needed else _NULL_WORDS_OR_NA)})"
    return compared(f"CASE WHEN NOT {LOOK} THEN {value} WHEN {is_id} THEN {value} END", ids)


def compared(value: str, ids: Ids) -> str:
    """Return the SQL of an id in the form in which the workspace compares ids; NULL if nothing of it is left."""
    result = f"upper({value})" if ids.case == "upper" else value
    return (
        rf"NULLIF(regexp_replace({result}, '[^\p{{L}}\p{{N}}]', '', 'g'), '')" if ids.punctuation == "strip" else result
    )


def typed(value: str, name: str, dtype: pl.DataType, reading: Reading) -> str:
    """Return the SQL that turns a cleaned text into `dtype` (any but text); NULL where it is not exactly one."""
    if isinstance(dtype, pl.Decimal):
        return number_text.decimal(value, dtype, reading.source)
    if isinstance(dtype, pl.Date):
        return day_text.day(value, name, reading.source)
    if isinstance(dtype, pl.Datetime):
        return day_text.moment(value, name, reading.source)
    if isinstance(dtype, pl.Boolean):
        return f"CASE WHEN lower({value}) IN {_TRUE} THEN true WHEN lower({value}) IN {_FALSE} THEN false END"
    # Ten digits cover INTEGER; what is above its range fails the cast.
    return f"CASE WHEN regexp_full_match({value}, '[+-]?[0-9]{{1,10}}') THEN TRY_CAST({value} AS {sql_type(dtype)}) END"


def typed_at_once(value: str, column: Column, source: Source) -> str | None:
    """Return the SQL that types a text as it came, without cleaning it; NULL where it has to be cleaned first.

    None where no text may be taken as it is written: the source has words for this column, or for nothing.
    """
    has_words = column.name in source.values or column.name in source.whole_numbers or column.empty_word
    if has_words or source.nothing:
        return None
    if isinstance(column.dtype, pl.Decimal):
        return number_text.decimal_at_once(value, column.dtype, source)
    return day_text.day_at_once(value, column.name, source) if isinstance(column.dtype, pl.Date) else None


def reason(value: str, dtype: pl.DataType, reading: Reading) -> str:
    """Return the SQL of the reason why a cleaned text could not become `dtype`."""
    if isinstance(dtype, pl.Decimal):
        return number_text.reason(value, dtype, reading.source)
    if isinstance(dtype, pl.String):
        return f"""CASE WHEN length({value}) > {LONGEST_TEXT} THEN 'too_long'
            WHEN regexp_matches({value}, {literal(_CONTROL)}) THEN 'control_character'
            WHEN regexp_matches({value}, {literal(INVISIBLE)}) THEN 'invisible_character' ELSE 'not_an_id' END"""
    names = {pl.Date: "not_a_date", pl.Datetime: "not_a_timestamp", pl.Boolean: "not_a_boolean"}
    return literal(names.get(type(dtype), "not_an_integer"))
