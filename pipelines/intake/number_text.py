"""Numbers as texts: the SQL that reads what other systems write, exactly or not at all.

A number as Rebatch itself writes it is known by one pattern; only what does not fit it is looked at further, so that
clean files cost nothing.
"""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING

from pipelines.warehouse.data_tables import sql_type
from pipelines.warehouse.quoting import literal

if TYPE_CHECKING:
    import polars as pl

    from schemas.source import Source

NUMBER = r"[+-]?([0-9]+([.][0-9]+)?|[.][0-9]+)"
WIDE, NARROW = "０１２３４５６７８９，、､．－−＋（）　", "0123456789,,,.--+() "  # noqa: RUF001  # as Japanese systems write
_SPACES = "[ \u00a0\u2009\u202f]"
_THOUSANDS = {",": "[,]", ".": "[.]", " ": _SPACES, "'": "['\u2019]"}
_SIGN = {"minus": "-", "plus": "+", "ignore": ""}
BRACKETS = "()"


def decimal(value: str, dtype: pl.Decimal, source: Source) -> str:
    """Return the SQL that types a cleaned text as `dtype`; NULL where it is not exactly one."""
    plain, other = with_point(value, source.decimal_mark), plain_number(value, source)
    return f"CASE {_exact(plain, dtype)} {_exact(other, dtype)} END"


def decimal_at_once(value: str, dtype: pl.Decimal, source: Source) -> str:
    """Return the SQL that types a text as `dtype` where it is written as most are; else NULL."""
    return f"CASE {_exact(with_point(value, source.decimal_mark), dtype)} END"


def _exact(number: str, dtype: pl.Decimal) -> str:
    scale, whole = dtype.scale, dtype.precision - dtype.scale
    pattern = rf"[+-]?(0*[0-9]{{1,{whole}}}([.][0-9]{{1,{scale}}}0*)?|[.][0-9]{{1,{scale}}}0*)"
    return f"WHEN regexp_full_match({number}, '{pattern}') THEN TRY_CAST({number} AS {sql_type(dtype)})"


def factor(value: str, source: Source) -> str:
    """Return the SQL of a factor with a point before its decimals; one that is written as a fraction stays as it is."""
    if source.decimal_mark == "." and source.thousands_mark == "none":
        return value
    return f"CASE WHEN contains({value}, '/') THEN {value} ELSE {plain_number(value, source)} END"


def reason(value: str, dtype: pl.Decimal, source: Source) -> str:
    """Return the SQL that names why a cleaned text could not become `dtype`."""
    number = plain_number(value, source)
    return f"""CASE WHEN NOT regexp_full_match({number}, '{NUMBER}') THEN 'not_a_number'
        WHEN regexp_full_match({number}, '.*[.][0-9]{{{dtype.scale}}}[0-9]*[1-9][0-9]*') THEN 'too_many_decimals'
        ELSE 'out_of_range' END"""


def with_point(value: str, mark: str) -> str:
    """Return a number with a decimal point; a point where the mark is a comma becomes something no number has."""
    return value if mark == "." else f"translate({value}, ',.', '.?')"


def plain_number(value: str, source: Source) -> str:
    """Return the SQL that writes a number with at most a minus in front and a point before its decimals.

    What the source does not state stays as it is, and makes it no number.
    """
    steps = [*_marks(source), (r"^([^-+].*?) *-$", r"-\1"), (r"^([^-+].*?) *[+]$", r"\1"), (r"^([-+]) +", r"\1")]
    number = reduce(_replaced, steps, f"translate({value}, {literal(WIDE)}, {literal(NARROW)})")
    if source.thousands_mark != "none":
        mark, point = _THOUSANDS[source.thousands_mark], f"[{source.decimal_mark}]"
        in_threes = rf"[+-]?[0-9]{{1,3}}({mark}[0-9]{{3}})+({point}[0-9]+)?"
        joined = f"regexp_replace({number}, {literal(mark)}, '', 'g')"
        number = f"CASE WHEN regexp_full_match({number}, {literal(in_threes)}) THEN {joined} ELSE {number} END"
    return with_point(f"({number})", source.decimal_mark)


def _marks(source: Source) -> list[tuple[str, str]]:
    """Return pattern and replacement of each mark; brackets twice, since others may stand inside or around them."""
    steps = []
    for mark, meaning in source.number_marks.items():
        sign = _SIGN[meaning]
        if mark == BRACKETS:
            continue
        exact = f"(?i:{re.escape(mark.strip())})"
        keeps = r"([-+]?)" if meaning == "ignore" else "()"
        steps += [(rf"^{keeps} *{exact} *", rf"{sign}\1"), (rf"^(.*?) *{exact}$", rf"{sign}\1")]
    if BRACKETS in source.number_marks:
        around = (r"^\( *(.*?) *\)$", rf"{_SIGN[source.number_marks[BRACKETS]]}\1")
        return [around, *steps, around]
    return steps


def _replaced(value: str, step: tuple[str, str]) -> str:
    pattern, replacement = step
    return f"regexp_replace({value}, {literal(pattern)}, {literal(replacement)})"
