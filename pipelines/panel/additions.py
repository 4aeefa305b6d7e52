"""What if: a purchase that was never made, as a person writes it: quantity +500 of P-100 in 2026-12."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from schemas.errors import Problem, TerminalError

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLE = "quantity +500 of P-100 in 2026-12"
FORM = "quantity|revenue ±N [UNIT] of PRODUCT [by MEMBER] [for N [UNIT]] in PERIOD"

# What a transaction holds: fourteen digits of money and four decimals, twelve of goods and six.
_NUMBER = r"\d{1,12}(?:\.\d{1,6})?"
_WRITTEN = re.compile(
    rf"(?P<figure>quantity|revenue)\s+(?P<sign>[+-]?)\s*(?P<number>{_NUMBER})(?:\s+(?P<unit>[^\W\d]\S*))?"
    r"\s+of\s+(?P<product>\S+)"
    r"(?:\s+by\s+(?P<member>\S+))?"
    rf"(?:\s+for\s+(?P<other>{_NUMBER})(?:\s+(?P<other_unit>[^\W\d]\S*))?)?"
    r"\s+(?:in|on)\s+(?P<period>\S+)",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<part>[QH])(?P<of>[1-4])|(?P<month>\d{2})(?:-(?P<day>\d{2}))?))?", re.IGNORECASE
)
_MONTHS = {"Q": 3, "H": 6}
_PARTS = {"Q": 4, "H": 2}


@dataclass(frozen=True)
class Addition:
    """A purchase, or a return where `number` is below zero, on the last day of the period that was named.

    `number` is in `unit`, goods or a currency; `other` is the same in the other of the two, in `other_unit`. What was
    not said is "" or None.
    """

    figure: Literal["quantity", "revenue"]
    number: Decimal
    unit: str
    product: str
    member: str
    other: Decimal | None
    other_unit: str
    day: date


def read_additions(texts: Sequence[str]) -> list[Addition]:
    """Read the purchases that were written.

    Raises:
        TerminalError: with every one that is not understood, and what to write.
    """
    read = [_read(text) for text in texts]
    if problems := [each for each in read if isinstance(each, Problem)]:
        raise TerminalError(*problems)
    return [each for each in read if isinstance(each, Addition)]


def _read(text: str) -> Addition | Problem:
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return Problem(f"{text!r} is no purchase", f'write "{EXAMPLE}"; in full: {FORM}')
    day = _last_day(found["period"])
    if day is None:
        todo = "write a month, quarter, half, year or day: 2026-12, 2026-Q4, 2026-H2, 2026, 2026-12-05"
        return Problem(f"{found['period']!r} in {text!r} is no period", todo)
    number = Decimal(found["number"]) * (-1 if found["sign"] == "-" else 1)
    if number == 0:
        return Problem(f"{text!r} buys nothing", f'write how much, such as "{EXAMPLE}"')
    return Addition(
        figure="quantity" if found["figure"].lower() == "quantity" else "revenue",
        number=number,
        unit=found["unit"] or "",
        product=found["product"],
        member=found["member"] or "",
        other=Decimal(found["other"]) * (-1 if number < 0 else 1) if found["other"] else None,
        other_unit=found["other_unit"] or "",
        day=day,
    )


def _last_day(period: str) -> date | None:
    """Return the last day of a period as people write it; None if it is none."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        return None
    year, month = int(found["year"]), int(found["month"] or 12)
    if found["part"]:
        part = found["part"].upper()
        if int(found["of"]) > _PARTS[part]:
            return None
        month = int(found["of"]) * _MONTHS[part]
    try:
        return date(year, month, int(found["day"] or monthrange(year, month)[1]))
    except ValueError:  # there is no such month or day, and so IllegalMonthError
        return None
