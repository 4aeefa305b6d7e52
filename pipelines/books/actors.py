"""Actors: who takes a decision, and checks of the texts that stay in the books for ever."""

from __future__ import annotations

import getpass
import os
import re
import unicodedata

from schemas.errors import BooksError, Problem

LONGEST = 500
"""The most characters of a reason or note."""

_REASON_CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_FORMULA_SIGNS = "=+-@"


def this_person() -> str:
    """Return the name of the person at work: REBATCH_USER if set, else the operating system's user.

    Raises:
        BooksError: there is neither.
    """
    named = os.environ.get("REBATCH_USER", "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        found = "nobody knows who decides: this user has no name"
        raise BooksError(Problem(found, "say --by NAME, or set REBATCH_USER")) from error


def check_texts(*, person: str, **texts: str) -> None:
    """Refuse texts that could not stand in an output file: they would stay in the books for ever.

    Raises:
        BooksError: naming each text that is too long, holds control characters or begins like a formula.
    """
    problems = [_problem(name, text) for name, text in {"by": person, **texts}.items() if _is_unfit(text)]
    if not person.strip():
        problems.append(Problem("nobody is named who decides", "say --by NAME, or set REBATCH_USER"))
    if problems:
        raise BooksError(*problems)


def check_reason_code(code: str) -> Problem | None:
    """Return the problem of a reason code; None if there is none."""
    if _REASON_CODE.fullmatch(code):
        return None
    return Problem(f"--reason {code!r} is no code", "write a short word such as goodwill or price-error")


def _is_unfit(text: str) -> bool:
    # NFKC maps full-width signs to the plain ones: spreadsheets take both for the beginning of a formula.
    is_formula = unicodedata.normalize("NFKC", text.lstrip())[:1] in tuple(_FORMULA_SIGNS)
    # Control, format, surrogate and private-use characters and line ends: invisible, or without an agreed meaning.
    return is_formula or len(text) > LONGEST or any(unicodedata.category(c) in _UNFIT for c in text)


_UNFIT = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def _problem(name: str, text: str) -> Problem:
    todo = f"write at most {LONGEST} characters of plain text on one line, without = + - @ in front"
    return Problem(f"--{name} {text[:40]!r} cannot be kept in the books", todo)
