"""Provisions: what is agreed besides the scale, such as limits, guarantees, stacking and the smallest payout."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, NamedTuple, TypeAlias

from pydantic import BeforeValidator, Field, InstanceOf, WithJsonSchema

from rules.language.fields import RATE_DECIMALS, Flag, Positive, Slug, decimals, mistake  # pydantic reads them
from rules.language.forms import Words
from rules.language.reading import Block, suggest
from rules.language.yaml_text import written
from rules.money import MINOR_UNITS

Prorate: TypeAlias = Literal["thresholds", "payout", "none"]
StackPolicy: TypeAlias = Literal["additive", "best_of", "first_of", "cascade"]

_MOST_RATE = Decimal(10) ** 9


class Limits(Block):
    """The most that is paid."""

    per_member: Positive | None = Field(None, description="the most one member is paid for one period")


class Guarantee(Block):
    """The least that is paid once a period has ended, if its scale was reached at all."""

    shorthand: ClassVar[str | None] = "amount"

    amount: Positive = Field(description="the least that is paid")
    unconditional: Flag = Field(default=False, description="true: also to members who reach no tier, or buy nothing")


class Stack(Block):
    """How rebates of one group share what a member earns with them."""

    group: Slug = Field(description="a name of your own, the same in every rebate of the group")
    policy: StackPolicy = Field(description="additive, best_of, first_of or cascade")
    reduced: Flag = Field(
        default=True, description="cascade: false leaves this rebate's own measure whole; later ones are still reduced"
    )


class MinimumPayout(Block):
    """The smallest amount of this program that is paid to a payee at a time."""

    amount: Positive = Field(description="what lies below it is not paid")
    below: Annotated[Literal["carry", "drop"], Words(called={"carry_forward": "carry", "lapse": "drop"})] = Field(
        description="carry: it waits for the next payout; drop: it lapses, by a posting that says so"
    )


class Fx(NamedTuple):
    """Which exchange rate counts: of the activity date, of the period's end, or the fixed `rates` per currency."""

    policy: Literal["activity_date", "period_end", "fixed"]
    rates: tuple[tuple[str, Decimal], ...] = ()


def _fx(value: object) -> Fx:
    """Return the exchange-rate policy that a value means."""
    if isinstance(value, dict) and list(value) == ["fixed"] and isinstance(value["fixed"], dict) and value["fixed"]:
        return Fx("fixed", tuple(_fixed(currency, rate) for currency, rate in value["fixed"].items()))
    if isinstance(value, dict | list):
        raise mistake(value, "write activity_date, period_end, or {fixed: {EUR: 1.08}}: program currency per EUR")
    text = written(value)
    if text not in {"activity_date", "period_end"}:
        raise mistake(value, suggest(text, ("activity_date", "period_end", "{fixed: {EUR: 1.08}}")))
    return Fx(text)  # type: ignore[arg-type]


def _fixed(currency: object, rate: object) -> tuple[str, Decimal]:
    """Return one fixed rate: currency code and rate."""
    code = written(currency)
    if code not in MINOR_UNITS:
        raise mistake(currency, "write a code of ISO 4217, such as EUR")
    if isinstance(rate, bool) or not isinstance(rate, int | Decimal) or not 0 < Decimal(rate) < _MOST_RATE:
        raise mistake(rate, f"write the rate of {code} as a number above zero, such as 1.0842")
    if decimals(Decimal(rate)) > RATE_DECIMALS:
        raise mistake(rate, f"write at most {RATE_DECIMALS} decimals")
    return code, Decimal(rate)


FxText = Annotated[
    InstanceOf[Fx],
    BeforeValidator(_fx),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["activity_date", "period_end"]},
                {
                    "type": "object",
                    "properties": {
                        "fixed": {
                            "type": "object",
                            "minProperties": 1,
                            "propertyNames": {"enum": sorted(MINOR_UNITS)},
                            "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
                        }
                    },
                    "required": ["fixed"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
