"""Texts in normal form: as the workspace writes them when it loads an extract, for what people type."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from schemas.catalogue import DATA_SETS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.workspace import Ids


def normal_id(text: str, ids: Ids) -> str:
    """Return an id in the form in which the workspace compares ids (see pipelines.intake.cast_text.identifier)."""
    written = text.strip()
    written = "".join(map(_capital, written)) if ids.case == "upper" else written
    # The letters and numbers of Unicode, as \p{L} and \p{N} in the SQL.
    return "".join(sign for sign in written if sign.isalnum()) if ids.punctuation == "strip" else written


def _capital(sign: str) -> str:
    """Return the capital of a letter as one letter, as DuckDB does: Python writes two for ß and some Greek letters."""
    return next(
        (capital for capital in (sign.upper(), sign.title(), _SHARP_S.get(sign, sign)) if len(capital) == 1), sign
    )


_SHARP_S = {"ß": "ẞ"}


def normal_program(text: str) -> str:
    """Return the id of a program as rule files write it: in small letters."""
    return text.strip().lower()


def named(text: str, known: Iterable[str], ids: Ids) -> str:
    """Return which of the `known` ids of our own (payouts, requests, answers) is meant, as in an answer of the ERP.

    Small and capital letters are alike, and so is what the workspace takes to be alike. What names none of them, or
    several, is returned as it is.
    """
    names = list(dict.fromkeys(known))
    if text in names:
        return text
    alike = [name for name in names if normal_id(name, ids).casefold() == normal_id(text, ids).casefold()]
    return alike[0] if len(alike) == 1 else text


def normal_value(data_set: str, column: str, text: str, ids: Ids) -> str:
    """Return a value of a column as the data set holds it."""
    if column in DATA_SETS[data_set].ids:
        return normal_id(text, ids)
    case, written = _case(data_set, column), text.strip()
    return {"lower": written.lower(), "upper": written.upper()}.get(case or "", written)


@cache
def _case(data_set: str, column: str) -> str | None:
    """Return in which letters a data set holds a column: lower, upper, or None as they came."""
    return next((each.case for each in DATA_SETS[data_set].columns if each.name == column), None)
