"""The model of a calendar's file: a pattern of weeks, years that start on a chosen day, or listed periods."""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import BeforeValidator, Field, InstanceOf, WithJsonSchema

from rules.language.calendars import MONTHS_PER_YEAR, WEEKDAYS, NamedAfter
from rules.language.clauses import Title  # noqa: TC001  # pydantic reads it at run time
from rules.language.fields import Day, Slug, mistake
from rules.language.forms import Words
from rules.language.reading import Block
from rules.language.yaml_text import written

Weekday: TypeAlias = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Weeks: TypeAlias = Literal["4-4-5", "4-5-4", "5-4-4"]

LAST_START = 28
"""The last day of a month that every month has: a fiscal month may begin up to it, and not later."""

MONTHS_OF_A_LIST = (12, 13)
"""The numbers of periods that a year of a list may have."""

_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_PERIOD = re.compile(r"((?:19|2[0-9])[0-9]{2})-P(0[1-9]|1[0-3])")


class MonthDay(NamedTuple):
    """A day that recurs every year."""

    month: int
    day: int


class PeriodId(NamedTuple):
    """The name of a listed period: 2026-P01."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-P{self.number:02}"


def _month(value: object) -> int:
    # True is an int in Python; `month: true` must not be read as 1.
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MONTHS_PER_YEAR:
        raise mistake(value, f"write the number of a month, 1 to {MONTHS_PER_YEAR}")
    return value


def _month_day(value: object) -> MonthDay:
    text = "" if isinstance(value, dict | list) else written(value)
    match = _MONTH_DAY.fullmatch(text)
    if match is None:
        raise mistake(value, "write month and day, such as 04-01")
    day = MonthDay(int(match[1]), int(match[2]))
    if day.day > LAST_START:
        raise mistake(value, f"write a day up to the {LAST_START}th: not every month has a later one")
    return day


def _period_id(value: object) -> PeriodId:
    match = _PERIOD.fullmatch("" if isinstance(value, dict | list) else written(value))
    if match is None:
        raise mistake(value, f"write year and number, such as 2026-P01; a year has at most {MONTHS_OF_A_LIST[-1]}")
    return PeriodId(int(match[1]), int(match[2]))


MonthNumber = Annotated[
    int, BeforeValidator(_month), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MONTHS_PER_YEAR})
]
MonthDayText = Annotated[
    InstanceOf[MonthDay],
    BeforeValidator(_month_day),
    WithJsonSchema({"type": "string", "pattern": "^(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$"}),
]
PeriodText = Annotated[
    InstanceOf[PeriodId],
    BeforeValidator(_period_id),
    WithJsonSchema({"type": "string", "pattern": "^(19|2[0-9])[0-9]{2}-P(0[1-9]|1[0-3])$"}),
]


class YearEnd(Block):
    """The day a year of whole weeks ends on."""

    weekday: Weekday = Field(description="the last day of every week")
    month: MonthNumber = Field(description="the calendar month at whose end the year ends, 1 for January")
    on: Annotated[Literal["last", "nearest"], Words(called={"closest": "nearest"})] = Field(
        description="the last such weekday of the month, or the one nearest to the month's last day"
    )

    @property
    def last_weekday(self) -> int:
        """Return the number of the weekday, 0 for Monday."""
        return WEEKDAYS.index(self.weekday)


class ListedPeriod(Block):
    """One period of a list."""

    id: PeriodText = Field(alias="period", description="year and number, such as 2026-P01")
    start: Day = Field(alias="from", description="its first day")
    end: Day = Field(alias="to", description="its last day")


class CalendarFile(Block):
    """A calendar of your own: a file beside the programs that name it, with `weeks`, `starts` or `periods`."""

    id: Slug = Field(alias="calendar", description="an id in lower case, which programs name as their calendar")
    title: Title | None = Field(None, description="what people call it")
    weeks: Weeks | None = Field(None, description="the weeks of the three months of a quarter")
    ends: YearEnd | None = Field(None, description="weeks: the day a year ends on; a 53rd week follows from it")
    extra_week: MonthNumber | None = Field(
        None, description="weeks: the fiscal month that a 53rd week goes to; the last, unless said otherwise"
    )
    starts: MonthDayText | None = Field(None, description="the day a year begins on, and every month with it")
    named_after: NamedAfter | None = Field(
        None, description="weeks, starts: the calendar year that gives a year its number, that of its start or its end"
    )
    periods: tuple[ListedPeriod, ...] | None = Field(
        None, description="the periods of every year one by one, 12 or 13 a year"
    )
