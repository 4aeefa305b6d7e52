"""Wordings: the text of a program and of its calendar kept as one, so that one hash identifies what was agreed.

A wording is YAML of two documents that can be read as it is; of one, where a program follows the gregorian calendar.
"""

from __future__ import annotations

import re

_SEAM = re.compile(r"\n--- # calendar ([a-z0-9-]+)\n")


def join_wording(text: str, calendar: str, calendar_text: str) -> str:
    """Return a program's text followed by that of the calendar with the id `calendar`."""
    return f"{text}\n--- # calendar {calendar}\n{calendar_text}"


def split_wording(wording: str) -> tuple[str, str, str]:
    """Return the parts of a wording: the program's text, and the calendar's id and text, empty if there is none."""
    text, *rest = _SEAM.split(wording, maxsplit=1)
    calendar, calendar_text = rest or ("", "")
    return text, calendar, calendar_text
