"""The building blocks of configuration files: parts that refuse unknown keys, and the texts in them."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_CONTROL = re.compile(r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]")


class Part(BaseModel):
    """A part of the configuration: frozen once read, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)


@dataclass(frozen=True)
class Written:
    """Metadata of a type: how its values are written, in words for the reference."""

    words: str


def as_text(value: object) -> object:
    """Return a YAML scalar as the text that a file would hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and _CONTROL.search(value):
        message = "write it without control characters"
        raise ValueError(message)
    # Without an exponent, which str() may write: 1E+3 is not what the file says.
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value) if isinstance(value, int | date) else value


def inside_workspace(path: str) -> str:
    """Return `path`, which must not lead out of the workspace.

    Raises:
        ValueError: it does, or is empty.
    """
    parts = PurePosixPath(path).parts
    if not parts or PurePosixPath(path).is_absolute() or ".." in parts or "\\" in path or "\0" in path:
        message = "write a path below the workspace, with forward slashes, such as extracts/sales-*.csv"
        raise ValueError(message)
    return path


def _codec(name: str) -> str:
    try:
        is_text = codecs.lookup(name)._is_text_encoding  # noqa: SLF001 - no public name tells base64 from UTF-8
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        message = "write a text encoding that Python knows, such as utf-8, cp932 or latin-1"
        raise ValueError(message)
    return name


DAY_FORMS = ("excel_serial", "unix_seconds", "unix_milliseconds", "cyymmdd", "cyyddd", "japanese_era")
"""Names for ways of writing a day that no pattern of strftime says.

excel_serial: 46204, days as spreadsheets count them. unix_...: since 1970 in UTC, days by the `time_zone`. cyymmdd
and cyyddd: 1260701 and 126182, centuries since 1900 in front, as AS/400 and JD Edwards write. japanese_era: R8.7.1 and
its like, also with the era's kanji.
"""


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = "write a zone of the IANA database, such as Asia/Tokyo or Europe/Berlin"
        raise ValueError(message) from error
    return name


def _day_pattern(pattern: str) -> str:
    if pattern in DAY_FORMS:
        return pattern
    if "%z" in pattern[:-2] or "%Z" in pattern:
        message = "write the offset from UTC as %z, and at the end of the pattern"
        raise ValueError(message)
    names_a_day = ("%j" in pattern) or ("%d" in pattern and any(m in pattern for m in ("%m", "%b", "%B")))
    if not names_a_day or not any(year in pattern for year in ("%Y", "%y")):
        message = (
            f"write a pattern with year, month and day, such as %Y-%m-%d or %d/%m/%Y, or one of {', '.join(DAY_FORMS)}"
        )
        raise ValueError(message)
    return pattern


Text = Annotated[str, BeforeValidator(as_text)]
PathInside = Annotated[
    str, AfterValidator(inside_workspace), Written("a path below the workspace, with forward slashes")
]
Encoding = Annotated[str, AfterValidator(_codec), Written("a text encoding that Python knows")]
DayPattern = Annotated[
    str,
    AfterValidator(_day_pattern),
    Written(
        f"a pattern of strftime with year, month and day, or one of {', '.join(f'`{name}`' for name in DAY_FORMS)}"
    ),
]
TimeZone = Annotated[str, AfterValidator(_time_zone), Written("a time zone of the IANA database")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), Written("a currency code of ISO 4217")]
Name = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60),
    Written("a name of lower-case letters, digits and underscores"),
]
"""The name of a column or source within Rebatch."""
ProfileId = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60),
    Written("lower-case letters, digits and single hyphens"),
]
"""Name of a profile, and of its file."""


_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")
_ALL_PERCENT = 100


def _share(value: object) -> object:
    """Return "1%" as 0.01."""
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match is None or Decimal(match[1]) > _ALL_PERCENT:
        message = "write a percentage between 0% and 100%, such as 1%"
        raise ValueError(message)
    return Decimal(match[1]) / _ALL_PERCENT


Percentage = Annotated[Decimal, BeforeValidator(_share), Written("a percentage, 0% to 100%")]
"""A share, written in percent."""
