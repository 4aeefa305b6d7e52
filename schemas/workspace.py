"""The configuration of a workspace, `rebatch.yaml`: what each key means and what it may be."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal

import polars as pl
from pydantic import BeforeValidator, Field, field_validator, model_validator

from schemas.bank import Bank
from schemas.catalogue import BOOKKEEPING, DATA_SETS, RESERVED_PREFIX, DataSet
from schemas.config_types import Currency, DayPattern, Encoding, Name, Part, PathInside, Text, as_text

Account = Annotated[str, BeforeValidator(as_text), Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/-]*$", max_length=40)]
"""Number or name of an account."""

Meaning = Literal["paid", "refused", "pending"]
"""What a word of the ERP says of a payout."""

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")
_ALL_PERCENT = 100


def _share(value: object) -> object:
    """Read "1%" as 0.01."""
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match is None or Decimal(match[1]) > _ALL_PERCENT:
        message = "write a percentage between 0% and 100%, such as 1%"
        raise ValueError(message)
    return Decimal(match[1]) / _ALL_PERCENT


class Ids(Part):
    """How ids are written before they are compared; blanks around them always go."""

    case: Literal["keep", "upper"] = "keep"
    punctuation: Literal["keep", "strip"] = "keep"


class Payouts(Part):
    """When payouts are due, how many people approve one, and how they go to the ERP; all in their own currency."""

    due_days: Annotated[int, Field(ge=0, le=366, strict=True)] = 30
    auto_approve_below: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=4)] | None = None
    two_people_above: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=4)] | None = None
    profile: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)] = "generic"
    values: dict[Name, Text] = Field(default_factory=dict)
    bank: Bank | None = None
    answers: dict[Text, Meaning] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _leaves_no_gap(self) -> Payouts:
        below, above = self.auto_approve_below, self.two_people_above
        if below is not None and above is not None and below > above:
            message = "auto_approve_below must not exceed two_people_above: what takes two people never passes without"
            raise ValueError(message)
        return self


class Accounts(Part):
    """The accounts of the general ledger that journal entries are made in."""

    expense: Account
    accrued: Account
    payable: Account

    @model_validator(mode="after")
    def _differ(self) -> Accounts:
        if len({self.expense, self.accrued, self.payable}) < len(Accounts.model_fields):
            message = "name three different accounts: what is accrued must be told from what is payable"
            raise ValueError(message)
        return self


class Accruals(Part):
    """That what open periods will pay is accrued month by month, and in which accounts."""

    accounts: Accounts


class Brand(Part):
    """How statements look."""

    name: str
    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#0b5d4e"
    address: tuple[str, ...] = ()
    contact: str | None = None


class Source(Part):
    """Where extracts of one data set lie, and how they are written."""

    data_set: str
    source: Name = "main"
    path: PathInside
    format: Literal["csv", "parquet"]
    encoding: Encoding = "utf-8"
    delimiter: Annotated[str, Field(pattern=r'^[^"\r\n\x00a-zA-Z0-9]$')] = ","
    decimal_mark: Literal[".", ","] = "."
    date_format: DayPattern = "%Y-%m-%d"
    columns: dict[Name, str] = Field(default_factory=dict)
    constants: dict[Name, Text] = Field(default_factory=dict)
    key: tuple[Name, ...] = ()
    returns: Literal["negative", "positive"] = "negative"
    round: dict[Name, Annotated[int, Field(ge=0, le=10, strict=True)]] = Field(default_factory=dict)
    optional: bool | None = None

    @property
    def is_optional(self) -> bool:
        """Whether it is fine that no file matches."""
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


class WorkspaceConfig(Part):
    """All of `rebatch.yaml`."""

    name: Annotated[Text, Field(min_length=1)]
    currency: Currency
    rules: str = "rules"
    max_rejects: Annotated[Decimal, BeforeValidator(_share)] = Decimal("0.01")
    ids: Ids = Ids()
    payouts: Payouts = Payouts()
    accruals: Accruals | None = None
    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?([KMGT]i?B)$")] = "4GB"
    threads: Annotated[int, Field(ge=1, strict=True)] | None = None
    brand: Brand | None = None
    sources: tuple[Source, ...] = ()


def _decimals(data_set: DataSet) -> dict[str, int]:
    return {column.name: column.dtype.scale for column in data_set.columns if isinstance(column.dtype, pl.Decimal)}
