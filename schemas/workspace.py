"""The configuration of a workspace, `rebatch.yaml`: what each key means and which values it takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from schemas.bank import Bank
from schemas.config_types import (
    Currency,
    Name,
    Part,
    PathInside,
    Percentage,
    ProfileId,
    Text,
    Written,
    as_text,
)
from schemas.mail import Mail
from schemas.source import Source

Account = Annotated[
    str,
    BeforeValidator(as_text),
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/-]*$", max_length=40),
    Written("letters, digits, blanks and `._/-`, 40 at most"),
]
"""The number or name of an account."""

Meaning = Literal["paid", "refused", "pending"]
"""What a status of the ERP means for a payout."""

Language = Literal["en", "de", "ja"]
"""A language that Rebatch has all words for."""

Limit = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=4), Written("an amount above zero")]
"""An amount that a payout is compared with, in its own currency."""


class Ids(Part):
    """How ids are written before they are compared; blanks around them always go."""

    case: Literal["keep", "upper"] = Field(
        default="keep", description="whether small letters become capitals", examples=["upper"]
    )
    punctuation: Literal["keep", "strip"] = Field(
        default="keep", description="whether all but letters and digits goes: ABC-123 is ABC123", examples=["strip"]
    )


class Payouts(Part):
    """When payouts are due, how many people approve one, and how they go to the ERP; all in their own currency."""

    due_days: int = Field(
        default=30,
        ge=0,
        le=366,
        strict=True,
        description="days from the end of the payout period to the due date",
        examples=[30],
    )
    auto_approve_below: Limit | None = Field(
        default=None, description="payouts below it are approved by the run itself", examples=[100]
    )
    two_people_above: Limit | None = Field(
        default=None, description="payouts above it take the approval of two people", examples=[10000]
    )
    profile: ProfileId = Field(
        default="generic",
        description="how the files of an export are written: a profile of Rebatch, or of your own in `profiles/`",
        examples=["sap"],
    )
    values: dict[Name, Text] = Field(
        default_factory=dict,
        description="what the profile leaves to you, such as accounts",
        examples=[{"company_code": "1000", "document_type": "KR"}],
    )
    bank: Bank | None = Field(
        default=None,
        description="the account payouts are paid from; with it an export has a pain.001 for the bank too",
        examples=[{"name": "Sample Company", "iban": "DE89370400440532013000"}],
    )
    answers: dict[Text, Meaning] = Field(
        default_factory=dict,
        description="what the ERP's own words for the status of a payment mean; known are paid, refused, rejected and "
        "pending",
        examples=[{"booked": "pending", "returned": "refused"}],
    )

    @model_validator(mode="after")
    def _leaves_no_gap(self) -> Payouts:
        below, above = self.auto_approve_below, self.two_people_above
        if below is not None and above is not None and below > above:
            message = "auto_approve_below must not exceed two_people_above: what takes two people never passes without"
            raise ValueError(message)
        return self


class Accounts(Part):
    """The accounts of the general ledger that journal entries are made in."""

    expense: Account = Field(description="what rebates cost", examples=["4100"])
    accrued: Account = Field(description="what open periods will pay by what is known", examples=["2150"])
    payable: Account = Field(description="what is owed to payees", examples=["2100"])

    @model_validator(mode="after")
    def _differ(self) -> Accounts:
        if len({self.expense, self.accrued, self.payable}) < len(Accounts.model_fields):
            message = "name three different accounts: what is accrued must be told from what is payable"
            raise ValueError(message)
        return self


class Accruals(Part):
    """That what open periods will pay is accrued month by month, and in which accounts."""

    accounts: Accounts = Field(
        description="the accounts of the entries in journal.csv",
        examples=[{"expense": "4100", "accrued": "2150", "payable": "2100"}],
    )


class Backups(Part):
    """The backups that runs leave, one for each day."""

    keep: int = Field(
        default=7, ge=1, le=3660, strict=True, description="how many of them are kept, the newest", examples=[7]
    )


class Panels(Part):
    """The panels of members, for those who look after them."""

    nightly: bool = Field(
        default=False,
        strict=True,
        description="whether every run writes the panel of each member anew where it changed, in `panels/`",
        examples=[True],
    )


class Brand(Part):
    """How statements look."""

    name: str = Field(description="the company's name, at the head of each", examples=["Rayler Parts"])
    colour: Annotated[str, Written("# and six hexadecimal digits")] = Field(
        default="#0b5d4e",
        pattern=r"^#[0-9a-fA-F]{6}$",
        description="colour of heads and lines, in quotes because of the #",
        examples=["#0b5d4e"],
    )
    address: tuple[str, ...] = Field(
        default=(), description="lines of the sender's address", examples=[["1 Foundry Way", "Milwaukee, WI"]]
    )
    contact: str | None = Field(
        default=None, description="whom to ask: an address or a number", examples=["rebates@rayler.example"]
    )
    logo: PathInside | None = Field(
        default=None,
        description="the picture at the head of statements as PDF, and, if it has at most 64 kB, of their pages, the "
        "partner site, terms and dashboard: an SVG, PNG or JPEG in the workspace",
        examples=["brand/logo.svg"],
    )


class ColumnWords(Part):
    """What agreements in plain sentences call a column of yours, and its values."""

    title: dict[Language, Text] = Field(
        default_factory=dict,
        description="what the column is called, by language",
        examples=[{"de": "Warengruppe", "ja": "商品分類"}],
    )
    values: dict[Text, dict[Language, Text]] = Field(
        default_factory=dict,
        description="what its values are called, each by language; a reader without one gets English, or the value",
        examples=[{"wipers": {"de": "Wischer", "ja": "ワイパー"}}],
    )


class Statements(Part):
    """How statements go out besides their pages."""

    pdf: bool = Field(
        default=False, strict=True, description="whether every run makes the statements as PDF too", examples=[True]
    )
    paper: Literal["a4", "us-letter"] = Field(
        default="a4", description="the size of their pages", examples=["us-letter"]
    )


class WorkspaceConfig(Part):
    """All of `rebatch.yaml`."""

    name: Annotated[Text, Field(min_length=1)] = Field(
        description="what the workspace is called", examples=["Sample Company"]
    )
    currency: Currency = Field(
        description="the company's own currency; every program names the one it pays in", examples=["USD"]
    )
    language: Language = Field(
        default="en",
        description="the language of pages for staff, and of statements to payees that name none, or one that Rebatch "
        "has no words for",
        examples=["de"],
    )
    rules: str = Field(
        default="rules",
        description="folder of the rule files, seen from rebatch.yaml; may lie outside",
        examples=["rules"],
    )
    visits: str | None = Field(
        default=None,
        description="folder of the action plan templates, seen from rebatch.yaml; may lie outside. Without it, "
        "`visits` in the folder of the rule files",
        examples=["rules/visits"],
    )
    max_rejects: Percentage = Field(
        default=Decimal("0.01"),
        description="share of a file's rows that may be rejected; above it nothing of the file is loaded",
        examples=["1%"],
    )
    max_withdrawn: Percentage = Field(
        default=Decimal("0.1"),
        description="share of the rows in force of a source of snapshots that may be missing from its newest file; "
        "above it nothing of the file is loaded (a single row may always be missing)",
        examples=["10%"],
    )
    ids: Ids = Field(
        default=Ids(), description="how ids are written before they are compared", examples=[{"case": "upper"}]
    )
    payouts: Payouts = Field(
        default=Payouts(),
        description="when payouts are due, who approves, how they are exported",
        examples=[{"due_days": 30}],
    )
    accruals: Accruals | None = Field(
        default=None,
        description="with it, what open periods will pay is accrued every month, and runs write journal.csv",
        examples=[{"accounts": {"expense": "4100", "accrued": "2150", "payable": "2100"}}],
    )
    memory_limit: Annotated[str, Written("a number and KB, MB, GB or TB, or KiB … TiB")] = Field(
        default="4GB",
        pattern=r"^\d+(\.\d+)? ?([KMGT]i?B)$",
        description="memory that DuckDB takes at most; beyond it, it works on disk",
        examples=["4GB"],
    )
    threads: Annotated[int, Field(ge=1, strict=True)] | None = Field(
        default=None, description="cores that DuckDB uses; without it all", examples=[2]
    )
    backups: Backups | None = Field(
        default=None,
        description="with it, every run that is done leaves a backup in `backups/`",
        examples=[{"keep": 7}],
    )
    panels: Panels = Field(
        default=Panels(), description="whether runs write a panel of each member", examples=[{"nightly": True}]
    )
    brand: Brand | None = Field(default=None, description="how statements look", examples=[{"name": "Rayler Parts"}])
    words: dict[Name, ColumnWords] = Field(
        default_factory=dict,
        description="what agreements in plain sentences call the columns that filters name, and their values; what "
        "dashboards call regions",
        examples=[{"category": {"title": {"de": "Warengruppe"}, "values": {"wipers": {"de": "Wischer"}}}}],
    )
    statements: Statements = Field(
        default=Statements(), description="whether runs make statements as PDF", examples=[{"pdf": True}]
    )
    mail: Mail | None = Field(
        default=None,
        description="with it, statements can be sent by mail",
        examples=[{"host": "smtp.rayler.example", "sender": "rebates@rayler.example", "to_domains": ["any"]}],
    )
    sources: tuple[Source, ...] = Field(
        default=(),
        description="where the extracts lie and how they are written",
        examples=[[{"data_set": "members", "path": "extracts/members.csv", "format": "csv"}]],
    )

    @property
    def is_ahead(self) -> bool:
        """Return whether runs forecast open periods: accruals and nightly panels rest on that."""
        return self.accruals is not None or self.panels.nightly

    @property
    def mails_nightly(self) -> bool:
        """Return whether runs send statements: the workspace must say both that they do, and that they really send."""
        return self.mail is not None and self.mail.send == "nightly" and self.mail.really
