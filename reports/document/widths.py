"""How wide a column must be on paper: one with a width is set at once, others only after all of their cells."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDE, CAPITAL, OTHER = 1.0, 0.72, 0.58
"""Ems of an ideograph, a capital letter, and of digits, marks and most other letters, in the fonts of documents."""

LINE = 6.5
"""Ems of a line of a heading that has several words."""


def column_widths(headings: Iterable[Sequence[str]], rows: Iterable[Sequence[str]]) -> list[float]:
    """Return the width of each column in ems: that of its widest text, or of its heading in few lines.

    `headings`: those of each table that is to have these widths. `rows`: the texts of each row, one for each column.
    """
    wanted = ([_heading(text) for text in texts] for texts in headings)
    needed = ([_width(text) for text in texts] for texts in rows)
    return [round(max(column), 2) for column in zip(*wanted, *needed, strict=True)]


def _heading(text: str) -> float:
    longest = max(_width(word) for word in re.split(r"\s", text))
    return max(longest, min(_width(text), LINE))


def _width(text: str) -> float:
    return sum(map(_ems, text))


def _ems(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return WIDE
    return CAPITAL if character.isupper() else OTHER
