"""A source of `rebatch.yaml`: where extracts of one data set lie, and how they write what they say."""

from __future__ import annotations

from typing import Annotated, Literal

import polars as pl
from pydantic import Field, field_validator, model_validator

from schemas.catalogue import BOOKKEEPING, DATA_SETS, RESERVED_PREFIX, DataSet
from schemas.config_types import DayPattern, Encoding, Name, Part, PathInside, Percentage, Text, Written

REFUSE, LAST = "refuse", "last"
"""What a source may say of repeated keys without naming a column."""


class Source(Part):
    """Where extracts of one data set lie, and how they are written."""

    data_set: Annotated[str, Written("a [data set](data-sets.md)")] = Field(
        description="what the files hold", examples=["transactions"]
    )
    source: Name = Field(
        default="main",
        description="its name, which tells it from another source of the same data set: ids are known within it",
        examples=["erp"],
    )
    path: PathInside = Field(
        description="where the files lie; * stands for any part of a name", examples=["extracts/sales-*.csv"]
    )
    format: Literal["csv", "parquet"] = Field(description="what they are", examples=["csv"])
    encoding: Encoding = Field(default="utf-8", description="character set of CSV", examples=["cp932"])
    delimiter: Annotated[str, Written("one character, neither letter, digit nor quote")] = Field(
        default=",",
        pattern=r'^[^"\r\n\x00a-zA-Z0-9]$',
        description="what stands between the values of CSV",
        examples=[";"],
    )
    decimal_mark: Literal[".", ","] = Field(
        default=".", description="what stands before decimals; in CSV not the delimiter too", examples=["."]
    )
    date_format: DayPattern = Field(default="%Y-%m-%d", description="how days are written", examples=["%d/%m/%Y"])
    columns: dict[Name, str] = Field(
        default_factory=dict,
        description="our name of a column, and the extract's name of it, where they differ",
        examples=[{"member_id": "dealer_no"}],
    )
    constants: dict[Name, Text] = Field(
        default_factory=dict,
        description="columns that the extract lacks, with the value that holds for every row",
        examples=[{"currency": "USD"}],
    )
    key: tuple[Name, ...] = Field(
        default=(),
        description="columns that name a row together, instead of those of the data set; an id that is lacking is made "
        "of them",
        examples=[["order_id", "line_no"]],
    )
    repeated_keys: Annotated[str, Written("`refuse`, `last`, or the name of a column")] = Field(
        default=REFUSE,
        min_length=1,
        description="what becomes of rows of one file that have one key and say different things: all are refused "
        "(`refuse`); the one received last counts, and of those of one day the one that stands last (`last`); or the "
        "one with the highest number or day in the column named",
        examples=["last"],
    )
    returns: Literal["negative", "positive"] = Field(
        default="negative",
        description="how returns and credits are written: with a minus sign, or without",
        examples=["positive"],
    )
    round: dict[Name, Annotated[int, Field(ge=0, le=10, strict=True)]] = Field(
        default_factory=dict,
        description="decimals to round to columns that Parquet holds as floats; else a float is refused",
        examples=[{"amount": 2}],
    )
    delivery: Literal["additive", "snapshot"] = Field(
        default="additive",
        description="what a file is: some rows more (`additive`), or everything there is (`snapshot`): a row that is "
        "missing from the newest file then ends with it",
        examples=["snapshot"],
    )
    max_withdrawn: Percentage | None = Field(
        default=None,
        description="the workspace's `max_withdrawn`, where this source needs another",
        examples=["50%"],
    )
    final_line_end: Literal["required", "optional"] = Field(
        default="required",
        description="whether the last line of CSV must have a line end: a file without one may have been cut off",
        examples=["optional"],
    )
    optional: bool | None = Field(
        default=None,
        description="whether it is fine that no file is there; if not stated: where a run can do without the data set",
        examples=[True],
    )

    @property
    def is_optional(self) -> bool:
        """Return whether a run goes on when no file matches."""
        return not DATA_SETS[self.data_set].required if self.optional is None else self.optional

    @field_validator("data_set")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in DATA_SETS:
            message = f"write one of {', '.join(DATA_SETS)}"
            raise ValueError(message)
        return value

    @field_validator("columns", "constants")
    @classmethod
    def _leaves_ours_alone(cls, value: dict[str, str]) -> dict[str, str]:
        taken = [name for name in value if name in BOOKKEEPING or name.startswith(RESERVED_PREFIX)]
        if taken:
            message = f"give {', '.join(taken)} another name: Rebatch keeps its books under this one"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Source:
        twice = sorted(self.columns.keys() & self.constants.keys())
        if twice:
            message = f"name {', '.join(twice)} under columns or under constants, not both"
            raise ValueError(message)
        # A float in Parquet has no decimals of its own, so the workspace must state them; a text says exactly what it
        # means.
        if self.round and self.format == "csv":
            message = "round: is for floats of Parquet; a text with more decimals than its column holds is a reject"
            raise ValueError(message)
        decimals = _decimals(DATA_SETS[self.data_set])
        for name, digits in self.round.items():
            if name not in decimals or digits > decimals[name]:
                allowed = ", ".join(f"{column} (to at most {scale})" for column, scale in decimals.items())
                message = f"{name} cannot be rounded to {digits} decimals; round: may name {allowed or 'nothing here'}"
                raise ValueError(message)
        if self.delimiter == self.decimal_mark and self.format == "csv":
            message = "state a delimiter other than the decimal mark, such as ';'"
            raise ValueError(message)
        return self


def _decimals(data_set: DataSet) -> dict[str, int]:
    """Return the number of decimals of each decimal column."""
    return {column.name: column.dtype.scale for column in data_set.columns if isinstance(column.dtype, pl.Decimal)}
