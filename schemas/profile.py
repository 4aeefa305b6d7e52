"""Profiles: how the files of an export are written for one ERP, and the fields that may stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool

from schemas.config_types import Encoding, Name, Part, as_text

Kind = Literal["text", "day", "money", "figure", "whole"]
"""How a field is written: `money` with the decimals of its currency, `figure` with those it needs."""

_OF_BOTH: Mapping[str, Kind] = MappingProxyType(
    {
        "number": "whole",
        "payout_id": "text",
        "document_id": "text",
        "short_id": "text",
        "attempt": "whole",
        "batch_id": "text",
        "exported_on": "day",
        "payee_id": "text",
        "payee_name": "text",
        "amount": "money",
        "currency": "text",
        "payout_period": "text",
        "due_on": "day",
        "reference": "text",
    }
)
"""number: of the row in its file. document_id: the payout's id, with the attempt behind it from the second on.

short_id: 14 to 16 characters that say the same, for systems with short document numbers. exported_on: the day on
which the batch was made.
"""

FIELDS: Mapping[str, Mapping[str, Kind]] = MappingProxyType(
    {
        "payouts": MappingProxyType({**_OF_BOTH, "kind": "text", "status": "text", "lines": "whole"}),
        "lines": MappingProxyType(
            {
                **_OF_BOTH,
                "line": "whole",
                "program": "text",
                "rebate": "text",
                "member_id": "text",
                "period": "text",
                "kind": "text",
                "settled_through": "day",
                "measure": "figure",
                "qualifier": "figure",
                "tier": "whole",
                "posting_id": "text",
                "reason": "text",
            }
        ),
    }
)
"""What a column of a file may hold, by what a row of the file is: a payout, or a line of one.

kind: of a payout, `payout` or, below zero, `invoice`: what the payee owes; no export ever holds one. Of a line, that of
its posting.
"""

IDS = frozenset({"payout_id", "document_id", "short_id"})
"""The fields by which an answer of the ERP finds its payout."""

_TEXT = BeforeValidator(as_text)
_FILE_NAME = r"^[A-Za-z0-9_{}][A-Za-z0-9_.{}-]*$"


class Column(Part):
    """A column of a file: one field, one constant, or one of the values that the workspace states."""

    shorthand: ClassVar[str | None] = "field"

    header: Annotated[str, _TEXT, Field(min_length=1)] | None = None
    field: str | None = None
    constant: Annotated[str, _TEXT] | None = None
    value: Name | None = None
    most: Annotated[int, Field(ge=1, strict=True)] | None = None
    required: StrictBool = False
    reversed: StrictBool = False

    @property
    def title(self) -> str:
        """Name the column as its header does."""
        return self.header or self.field or ""


class File(Part):
    """A file of an export: its name, what a row is, and its columns in their order."""

    name: Annotated[str, Field(pattern=_FILE_NAME, max_length=100, description="what it is called")]
    rows: Annotated[Literal["payouts", "lines"], Field(description="what a row is: payouts or lines")]
    columns: Annotated[tuple[Column, ...], Field(description="its columns, in order")]


class Profile(Part):
    """How files are written for one ERP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="its id, the name of its file")]
    title: Annotated[str, Field(description="what it is for")]
    encoding: Encoding = "utf-8"
    delimiter: Annotated[str, Field(pattern=r"^[\t\x20\x21\x23-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E]$")] = ","
    quotes: Literal["needed", "always"] = "needed"
    line_end: Literal["crlf", "lf"] = "crlf"
    header: StrictBool = True
    date_format: Annotated[str, Field(pattern=r"^(?:[^%]|%[Ymd])*%[Ymd](?:[^%]|%[Ymd])*$")] = "%Y-%m-%d"
    decimal_mark: Literal[".", ","] = "."
    negative: Literal["leading", "trailing"] = "leading"
    trigger: Annotated[str, Field(pattern=_FILE_NAME, max_length=100)] = "export.trg"
    files: Annotated[tuple[File, ...], Field(description="the files, in the order of the ERP's import")]
