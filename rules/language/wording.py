"""Wordings: a program's text and that of the calendar it follows, kept as one, so that one hash names what was agreed.

A wording is YAML of two documents, readable as it stands; of one, where a program follows the gregorian calendar.
"""

from __future__ import annotations

import re

_SEAM = re.compile(r"\n--- # calendar ([a-z0-9-]+)\n")


def join_wording(text: str, calendar: str, calendar_text: str) -> str:
    """Put the text of the calendar of that id behind a program's text."""
    return f"{text}\n--- # calendar {calendar}\n{calendar_text}"


def split_wording(wording: str) -> tuple[str, str, str]:
    """Take a wording apart: the program's text, and the calendar's id and text, empty if there is none."""
    text, *rest = _SEAM.split(wording, maxsplit=1)
    calendar, calendar_text = rest or ("", "")
    return text, calendar, calendar_text
