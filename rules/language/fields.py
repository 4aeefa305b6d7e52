"""The values in a rule file: which are accepted, and what to write instead of others."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BeforeValidator, InstanceOf, WithJsonSchema
from pydantic_core import PydanticCustomError

from rules.language.reading import describe, suggest
from rules.language.yaml_text import written
from rules.money import MINOR_UNITS

MOST = Decimal(10) ** 15
"""The limit of bounds and amounts: products of figures must stay within the working type."""

BOUND_DECIMALS = 10
RATE_DECIMALS = 8
# 1% is 0.01: a percentage has two decimals fewer than its rate.
PERCENT_DECIMALS = RATE_DECIMALS - 2
MOST_PER_UNIT = 1_000_000
MOST_PERCENT = 100

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SLUG_LENGTH = 64
_PERCENT = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) ?%")
_PER_UNIT = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) +per +(\S.*)")


class Rate(NamedTuple):
    """A share of money (unit None; 3% is 0.03), or money per unit."""

    amount: Decimal
    unit: str | None


def mistake(value: object, todo: str) -> PydanticCustomError:
    """Return the error for a value that is not allowed where it stands."""
    return PydanticCustomError("rebatch", "{found}: {todo}", {"found": describe(value), "todo": todo})


def _text(value: object) -> str:
    """Return a text without surrounding blanks."""
    if isinstance(value, bool | dict | list) or value is None:
        raise mistake(value, "write a text; in quotes, if it looks like something else")
    text = written(value).strip()
    if not text:
        raise mistake(value, "write a text that is not blank")
    return text


def _slug(value: object) -> str:
    """Return an id in lower case."""
    text = written(value)
    if not _SLUG.fullmatch(text) or len(text) > _SLUG_LENGTH:
        raise mistake(value, f"use lower-case letters, digits and single hyphens, at most {_SLUG_LENGTH} in all")
    return text


def _currency(value: object) -> str:
    """Return a currency code of ISO 4217."""
    text = written(value)
    if text not in MINOR_UNITS:
        known = suggest(text.upper(), MINOR_UNITS) if text.upper() not in MINOR_UNITS else f"write {text.upper()}"
        todo = known if "use one of" not in known else "write a code of ISO 4217, such as USD or JPY"
        raise mistake(value, todo)
    return text


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise mistake(value, "write a day of the calendar, such as 2026-12-31")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise mistake(value, "write true or false")
    return value


def _number(value: object) -> Decimal:
    """Return a plain number as a decimal."""
    # True is an int in Python. A float never gets here: the reader makes decimals of the text itself.
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise mistake(
            value, "write a plain number such as 1000 or 0.5, without a sign for percent, separators or quotes"
        )
    number = Decimal(value)
    if abs(number) >= MOST:
        raise mistake(value, "write a number below 1,000,000,000,000,000")
    if decimals(number) > BOUND_DECIMALS:
        raise mistake(value, f"write at most {BOUND_DECIMALS} decimals")
    return number


def _amount(value: object) -> Decimal:
    """Return a number of zero or more."""
    number = _number(value)
    if number < 0:
        raise mistake(value, "write an amount of zero or more: a rebate is never negative")
    return number


def _positive(value: object) -> Decimal:
    """Return a number above zero."""
    number = _number(value)
    if number <= 0:
        raise mistake(value, "write a number above zero")
    return number


def _digits(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= BOUND_DECIMALS:
        raise mistake(value, f"write the number of decimals, 0 to {BOUND_DECIMALS}")
    return value


def _grace(value: object) -> int:
    most = 366
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise mistake(value, f"write a number of days, 0 to {most}")
    return value


def _tier_number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise mistake(value, "write the number of the tier, from 1; 0 if none is reached")
    return value


def _rate(value: object) -> Rate:
    """Return a share of money or an amount per unit."""
    text = value.strip() if isinstance(value, str) else ""
    if match := _PERCENT.fullmatch(text):
        limits = f"a percentage from 0% to {MOST_PERCENT}%"
        return Rate(_limited(value, Decimal(match[1]), MOST_PERCENT, limits, places=PERCENT_DECIMALS).scaleb(-2), None)
    if match := _PER_UNIT.fullmatch(text):
        limits = f"an amount per unit from 0 to {MOST_PER_UNIT:,}"
        return Rate(_limited(value, Decimal(match[1]), MOST_PER_UNIT, limits, places=RATE_DECIMALS), match[2].strip())
    raise mistake(value, "write a share of money such as 3%, or money per unit such as 0.25 per case")


def _limited(value: object, number: Decimal, most: int, limits: str, *, places: int) -> Decimal:
    """Return a number that is within its limits and has few enough decimals."""
    if not 0 <= number <= most:
        raise mistake(value, f"write {limits}")
    if decimals(number) > places:
        raise mistake(value, f"write at most {places} decimals, so that every product is exact")
    return number


def _value(value: object) -> str:
    """Return a value of a filter as text."""
    return written(value) if isinstance(value, bool) else _text(value)


def _when_missing(value: object) -> str | Decimal:
    """Return the policy for a missing baseline, target, whole or score, or the figure to use instead."""
    todo = "write skip, zero, or {value: 1000} with the figure to take instead"
    if isinstance(value, dict) and list(value) == ["value"]:
        baseline = _number(value["value"])
        if baseline <= 0:
            raise mistake(baseline, "write a figure above zero, or zero instead of {value: 0}")
        return baseline
    if not isinstance(value, str) or value not in {"skip", "zero"}:
        raise mistake(value, todo)
    return value


def _values(value: object) -> object:
    """Return one value or several as a list."""
    items = list(value) if isinstance(value, list | tuple) else [value]
    if not items:
        raise mistake(value, "name at least one value")
    return items


def _entry(value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return an entry of a filter that has at least one column."""
    if not value:
        raise mistake(value, "name at least one column: an entry without one would match everything")
    return value


def _column(value: str) -> str:
    """Return a column's name in the form under which extra columns of extracts are stored."""
    return re.sub(r"\s+", "_", value.casefold())


def decimals(number: Decimal) -> int:
    """Return the number of decimals a number needs, without trailing zeros."""
    return len(format(number, "f").partition(".")[2].rstrip("0"))


def _schema(kind: str, **more: object) -> WithJsonSchema:
    """Return the JSON Schema of a simple value."""
    return WithJsonSchema({"type": kind, **more})


Text = Annotated[str, BeforeValidator(_text), _schema("string", minLength=1)]
Slug = Annotated[str, BeforeValidator(_slug), _schema("string", pattern=f"^{_SLUG.pattern}$", maxLength=_SLUG_LENGTH)]
Currency = Annotated[str, BeforeValidator(_currency), _schema("string", enum=sorted(MINOR_UNITS))]
Day = Annotated[date, BeforeValidator(_day), _schema("string", format="date")]
Flag = Annotated[bool, BeforeValidator(_flag), _schema("boolean")]
Number = Annotated[Decimal, BeforeValidator(_number), _schema("number")]
Amount = Annotated[Decimal, BeforeValidator(_amount), _schema("number", minimum=0)]
Positive = Annotated[Decimal, BeforeValidator(_positive), _schema("number", exclusiveMinimum=0)]
Digits = Annotated[int, BeforeValidator(_digits), _schema("integer", minimum=0, maximum=BOUND_DECIMALS)]
GraceDays = Annotated[int, BeforeValidator(_grace), _schema("integer", minimum=0, maximum=366)]
TierNumber = Annotated[int, BeforeValidator(_tier_number), _schema("integer", minimum=0)]
RateText = Annotated[
    InstanceOf[Rate], BeforeValidator(_rate), _schema("string", pattern=f"^({_PERCENT.pattern}|{_PER_UNIT.pattern})$")
]
WhenMissing = Annotated[
    str | Decimal,
    BeforeValidator(_when_missing),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["skip", "zero"]},
                {
                    "type": "object",
                    "properties": {"value": {"type": "number", "exclusiveMinimum": 0}},
                    "required": ["value"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Column = Annotated[str, BeforeValidator(_text), AfterValidator(_column), _schema("string", minLength=1)]
Values = Annotated[
    tuple[Annotated[str, BeforeValidator(_value)], ...],
    BeforeValidator(_values),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "number", "boolean"]},
                {"type": "array", "minItems": 1, "items": {"type": ["string", "number", "boolean"]}},
            ]
        }
    ),
]
Entry = Annotated[dict[Column, Values], AfterValidator(_entry)]
