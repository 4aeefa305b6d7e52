"""A source of `rebatch.yaml`: where extracts of one data set lie, and how they write what they say."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import polars as pl
from pydantic import Field, model_validator

from schemas.catalogue import DATA_SETS
from schemas.config_types import DayPattern, Name, Text, TimeZone, Written
from schemas.source_files import SourceFiles

Sign = Literal["plus", "minus", "as_written"]
"""What a word does to the figures of its row: adds, takes away, or leaves the sign to the figure."""

Mark = Literal["plus", "minus", "ignore"]
"""What a mark at either end of a number means."""

Implied = Annotated[
    Annotated[int, Field(ge=1, le=10, strict=True)] | Literal["currency"],
    Written("a number of decimals, or `currency` for as many as the row's currency has"),
]
"""How many of a whole number's digits are decimals."""

Day = Annotated[date, Written("a day such as 2999-12-31")]

SIGNED = ("quantity", "amount")
"""The figures of transactions that a sign word is about."""


FOR_EVER = date(9999, 12, 31)
"""The last day with which most systems say that there is none."""


class Source(SourceFiles):
    """Where extracts of one data set lie, and how they are written."""

    values: dict[Name, dict[Text, Text]] = Field(
        default_factory=dict,
        description="what the extract's own words mean, by our column; small and capital letters are alike",
        examples=[{"type": {"Rechnung": "sale", "Gutschrift": "credit"}}],
    )
    nothing: tuple[Text, ...] = Field(
        default=(), description="texts that stand for an empty cell, in any column", examples=[["NULL", "-"]]
    )
    returns: Literal["negative", "positive"] = Field(
        default="negative",
        description="how returns and credits are written: with a minus sign, or without",
        examples=["positive"],
    )
    signs: dict[Name, dict[Text, Sign]] = Field(
        default_factory=dict,
        description="what the words of one column do to quantity and amount: plus and minus for figures without a sign "
        "of their own, or as_written; for types of your own, which are rejected unless they stand here, or a column "
        "for debit and credit",
        examples=[{"type": {"delivery": "as_written"}}],
    )
    decimal_mark: Literal[".", ","] = Field(
        default=".", description="what stands before decimals; in CSV not the delimiter too", examples=["."]
    )
    thousands_mark: Literal[".", ",", " ", "'", "none"] = Field(
        default="none",
        description="what stands between the thousands of a number, in threes; not the decimal mark too",
        examples=[","],
    )
    number_marks: dict[Text, Mark] = Field(
        default_factory=dict,
        description="what else stands at either end of a number; () are brackets around it. A minus before or behind "
        "it is always read",
        examples=[{"()": "minus", "CR": "minus", "€": "ignore"}],
    )
    implied_decimals: dict[Name, Implied] = Field(
        default_factory=dict,
        description="columns of whole numbers whose last digits are decimals: 160000 for 1600.00",
        examples=[{"amount": "currency"}],
    )
    round: dict[Name, Annotated[int, Field(ge=0, le=10, strict=True)]] = Field(
        default_factory=dict,
        description="decimals to round to columns that Parquet holds as floats; else a float is refused",
        examples=[{"amount": 2}],
    )
    whole_numbers: tuple[Name, ...] = Field(
        default=(),
        description="text columns of whole numbers that came as floats: 70012.0 is 70012",
        examples=[["order_id"]],
    )
    date_format: DayPattern = Field(default="%Y-%m-%d", description="how days are written", examples=["%d/%m/%Y"])
    date_formats: dict[Name, DayPattern] = Field(
        default_factory=dict,
        description="columns whose days are written in another way, and columns of times that are not as ISO 8601 says",
        examples=[{"received_on": "%Y-%m-%dT%H:%M:%S%z"}],
    )
    time_zone: TimeZone | None = Field(
        default=None,
        description="where an instant becomes a day; without it, a day counts as it is written before its offset, and "
        "an instant in UTC is refused",
        examples=["Asia/Tokyo"],
    )
    open_end: tuple[Day, ...] = Field(
        default=(FOR_EVER,),
        description="last days that mean for ever, as an empty cell does",
        examples=[["9999-12-31", "2999-12-31"]],
    )

    @model_validator(mode="after")
    def _figures_are_plain(self) -> Source:
        # A float in Parquet has no decimals of its own, so the workspace must state them; a text says exactly what it
        # means.
        if self.round and self.format == "csv":
            message = "round: is for floats of Parquet; a text with more decimals than its column holds is a reject"
            raise ValueError(message)
        decimals = self._decimals()
        for key, digits in (("round", self.round), ("implied_decimals", self.implied_decimals)):
            for name, most in digits.items():
                if name not in decimals or (isinstance(most, int) and most > decimals[name]):
                    allowed = ", ".join(f"{column} (to at most {scale})" for column, scale in decimals.items())
                    verb = "be rounded to" if key == "round" else "have"
                    message = f"{name} cannot {verb} {most} decimals; {key}: may name {allowed or 'nothing here'}"
                    raise ValueError(message)
        if "currency" in self.implied_decimals.values() and "currency" not in self._names():
            message = f"{self.data_set} have no currency: write the number of decimals under implied_decimals:"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _marks_differ(self) -> Source:
        if self.delimiter == self.decimal_mark and self.format == "csv":
            message = "state a delimiter other than the decimal mark, such as ';'"
            raise ValueError(message)
        if self.thousands_mark == self.decimal_mark:
            message = "state a thousands mark other than the decimal mark, and both where the thousands mark is a point"
            raise ValueError(message)
        if any(not mark.strip() or any(sign.isdigit() for sign in mark) for mark in self.number_marks):
            message = "write under number_marks: what stands before or behind a number, without digits"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _words_are_plain(self) -> Source:
        if self.signs and self.data_set != "transactions":
            message = "signs: is for transactions: no other data set has figures that words add or take away"
            raise ValueError(message)
        others = [name for name in self.signs if name != "type"]
        if len(others) > 1 or (others and set(self.signs.get("type", {}).values()) - {"as_written"}):
            message = "signs: names one column whose words add or take away; beside it, words of type are as_written"
            raise ValueError(message)
        numbers = [name for name in self.whole_numbers if name in self._decimals()]
        if numbers:
            message = f"whole_numbers: is for texts such as ids; for {', '.join(numbers)} write round:"
            raise ValueError(message)
        for key, maps in (("values", self.values), ("signs", self.signs)):
            for name, words in maps.items():
                folded = [word.strip().casefold() for word in words]
                if len(set(folded)) < len(folded):
                    message = f"{key}: names a word of {name} twice: small and capital letters are alike"
                    raise ValueError(message)
        return self

    def _names(self) -> set[str]:
        return {column.name for column in DATA_SETS[self.data_set].columns}

    def _decimals(self) -> dict[str, int]:
        """Return the number of decimals of each decimal column."""
        columns = DATA_SETS[self.data_set].columns
        return {column.name: column.dtype.scale for column in columns if isinstance(column.dtype, pl.Decimal)}
