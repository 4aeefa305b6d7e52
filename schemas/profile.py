"""Profiles: how the files of an export are written for one ERP."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool

from schemas.config_types import Encoding, Name, Part, ProfileId, Written, as_text

_TEXT = BeforeValidator(as_text)
_FILE_NAME = r"^[A-Za-z0-9_{}][A-Za-z0-9_.{}-]*$"
_FileName = Annotated[
    str, Field(pattern=_FILE_NAME, max_length=100), Written("letters, digits, `_`, `.` and `-`, 100 at most")
]


class Column(Part):
    """A column of a file: one field, one constant, or one of the values that the workspace states."""

    shorthand: ClassVar[str | None] = "field"

    header: Annotated[str, _TEXT, Field(min_length=1)] | None = Field(
        default=None, description="what it is called in the file; without it, as the field", examples=["Vendor"]
    )
    field: str | None = Field(default=None, description="the field that stands in it", examples=["payee_id"])
    constant: Annotated[str, _TEXT] | None = Field(
        default=None, description="a text that is the same in every row; may be empty", examples=["REBATE"]
    )
    value: Name | None = Field(
        default=None,
        description="a value that every workspace states for itself, in `payouts: values:` of rebatch.yaml",
        examples=["company_code"],
    )
    most: Annotated[int, Field(ge=1, strict=True)] | None = Field(
        default=None, description="characters it may have; a longer one is refused, never cut", examples=[16]
    )
    required: StrictBool = Field(default=False, description="whether an empty cell is refused", examples=[True])
    reversed: StrictBool = Field(
        default=False, description="whether an amount changes its sign, for an ERP that sees it so", examples=[True]
    )

    @property
    def title(self) -> str:
        """Return the title of the column: its header, or else its field."""
        return self.header or self.field or ""


class File(Part):
    """A file of an export: its name, what a row is, and its columns in their order."""

    name: _FileName = Field(
        description="what it is called; {batch} stands for the id of the batch, {currency} makes a file for each",
        examples=["bills_{batch}.csv"],
    )
    rows: Literal["payouts", "lines"] = Field(
        description="what a row is: a payout, or a line of one", examples=["payouts"]
    )
    columns: tuple[Column, ...] = Field(
        description="its columns, in order",
        examples=[["payee_id", {"header": "Due", "field": "due_on"}]],
    )


class Profile(Part):
    """How files are written for one ERP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: ProfileId = Field(description="its id, the name of its file", examples=["our-erp"])
    title: str = Field(description="what it is for", examples=["Our ERP, import of vendor bills"])
    encoding: Encoding = Field(default="utf-8", description="character set of the files", examples=["cp1252"])
    delimiter: Annotated[str, Written("one character, neither letter, digit nor quote")] = Field(
        default=",",
        pattern=r"^[\t\x20\x21\x23-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E]$",
        description="what stands between two cells",
        examples=[";"],
    )
    quotes: Literal["needed", "always"] = Field(
        default="needed", description="which cells stand in quotes: those that need them, or all", examples=["always"]
    )
    line_end: Literal["crlf", "lf"] = Field(default="crlf", description="how a line ends", examples=["lf"])
    header: StrictBool = Field(default=True, description="whether the first line names the columns", examples=[False])
    date_format: Annotated[str, Written("a pattern with %Y, %m and %d")] = Field(
        default="%Y-%m-%d",
        pattern=r"^(?:[^%]|%[Ymd])*%[Ymd](?:[^%]|%[Ymd])*$",
        description="how days are written",
        examples=["%m/%d/%Y"],
    )
    decimal_mark: Literal[".", ","] = Field(
        default=".", description="what stands before decimals; not the delimiter too", examples=[","]
    )
    negative: Literal["leading", "trailing"] = Field(
        default="leading", description="where the minus sign stands", examples=["trailing"]
    )
    formulas: Literal["apostrophe", "refuse"] = Field(
        default="apostrophe",
        description="what becomes of a text that a spreadsheet would run, such as a name that begins with a minus: an "
        "apostrophe stands before it, or the file is refused",
        examples=["refuse"],
    )
    trigger: _FileName = Field(
        default="export.trg",
        description="name of the file that is written last: where it is, the others are whole",
        examples=["export.trg"],
    )
    files: tuple[File, ...] = Field(
        description="the files, in the order of the ERP's import",
        examples=[[{"name": "bills.csv", "rows": "payouts", "columns": ["document_id", "amount", "currency"]}]],
    )
