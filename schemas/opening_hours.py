"""Hours of the week: when a place is open or a rep works, as extracts write it and as plans reckon with it."""

from __future__ import annotations

import re

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"(?:{'|'.join(DAYS)})"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_SPANS = rf"{_TIME}-(?:{_TIME}|24:00)(?:, ?{_TIME}-(?:{_TIME}|24:00))*"
_PART = rf"{_DAY}(?:-{_DAY})? {_SPANS}"

HOURS = rf"^{_PART}(?:; ?{_PART})*$"
"""The form of hours of the week: `mon-fri 09:00-12:00, 13:00-17:00; sat 09:00-12:00`."""

Week = tuple[tuple[tuple[int, int], ...], ...]
"""For each day from Monday the spans of minutes since midnight, in order."""

WHOLE_DAY = 24 * 60
ALWAYS: Week = (((0, WHOLE_DAY),),) * 7
"""The week of whom nothing is said."""


def week_of(text: str | None) -> Week:
    """Return the week that a text of the form HOURS says; an empty one is open at all times, other days are closed.

    A day that is named twice has the spans of both; a span that ends before it begins has no minute.
    """
    if not text:
        return ALWAYS
    days: list[set[tuple[int, int]]] = [set() for _ in DAYS]
    for part in text.lower().split(";"):
        named, _, spans = part.strip().partition(" ")
        first, _, last = named.partition("-")
        for day in _between(DAYS.index(first), DAYS.index(last or first)):
            days[day] |= {_span(span) for span in spans.split(",")}
    return tuple(tuple(sorted(span for span in day if span[0] < span[1])) for day in days)


def _between(first: int, last: int) -> list[int]:
    """Return the days from `first` to `last`, over the end of the week where it comes first."""
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _span(text: str) -> tuple[int, int]:
    begin, end = (_minutes(time) for time in re.split("-", text.strip()))
    return begin, end


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)
