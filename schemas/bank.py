"""The bank: the account from which payouts are paid, and what its bank takes in a payment."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from schemas.bank_account import SEPA_CHARACTERS, bic_fault, country_fault, iban_fault
from schemas.config_types import Part, Text, Written

if TYPE_CHECKING:
    from collections.abc import Mapping

PAIN_FILE = "pain.001.xml"
"""The name of the file of a batch that the bank collects."""

# Max140Text and Max34Text of ISO 20022, the types of a name and of an account that is no IBAN.
LONGEST_NAME = 140
LONGEST_ACCOUNT = 34
# The SEPA schemes allow half of what the message does.
LONGEST_SEPA_NAME = 70

BANK_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "iban": "the payee's account, by its IBAN: without blanks",
        "account": "the account's number, where there is no IBAN: it needs bic or clearing_member_id",
        "bic": "BIC of the payee's bank",
        "clearing_system": "national clearing system of clearing_member_id, five letters: USABA, JPZGN, AUBSB, …",
        "clearing_member_id": "the bank's id in it: a routing number, a sort code, bank and branch",
        "account_holder": "the payee's name as its bank has it, in place of name",
        "street": "street of the payee's address, where bank: addresses: structured asks for it",
        "building_number": "building number of the address",
        "post_code": "post code of the address",
        "town": "town of the address; needed with addresses: structured",
        "country": "country of the address, two capitals; needed with addresses: structured",
    }
)
"""Extra columns of the members extract that say how a payee is paid, all texts, and what they mean."""


def _iban(text: str) -> str:
    if fault := iban_fault(text):
        message = f"look at its digits: {fault}"
        raise ValueError(message)
    return text


def _bic(text: str) -> str:
    if fault := bic_fault(text):
        message = f"write a BIC such as DEUTDEFF500: {fault}"
        raise ValueError(message)
    return text


def _country(code: str) -> str:
    if fault := country_fault(code):
        raise ValueError(fault)
    return code


_Line = Annotated[Text, Field(min_length=1, max_length=LONGEST_SEPA_NAME)]


class Address(Part):
    """A postal address in parts, as banks require it."""

    street: _Line | None = Field(default=None, description="name of the street", examples=["Werkstrasse"])
    building_number: Annotated[Text, Field(min_length=1, max_length=16)] | None = Field(
        default=None, description="number of the building", examples=["12"]
    )
    post_code: Annotated[Text, Field(min_length=1, max_length=16)] | None = Field(
        default=None, description="post code", examples=["80331"]
    )
    town: Annotated[Text, Field(min_length=1, max_length=35)] = Field(description="town", examples=["Munich"])
    country: Annotated[Text, AfterValidator(_country), Written("the two capitals of ISO 3166")] = Field(
        description="country", examples=["DE"]
    )


class Bank(Part):
    """The account that payouts are paid from, by an ISO 20022 pain.001 beside the files for the ERP."""

    name: Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME)] = Field(
        description="who pays, as the bank knows the account's owner", examples=["Sample Company"]
    )
    iban: Annotated[Text, AfterValidator(_iban), Written("an IBAN without blanks")] | None = Field(
        default=None, description="the account, by its IBAN", examples=["DE89370400440532013000"]
    )
    account: Annotated[Text, Field(min_length=1, max_length=LONGEST_ACCOUNT)] | None = Field(
        default=None, description="the account's number, instead of iban where there is none", examples=["000123456789"]
    )
    bic: Annotated[Text, AfterValidator(_bic), Written("8 or 11 capitals and digits")] | None = Field(
        default=None, description="BIC of the bank; without it the bank is not named", examples=["DEUTDEFF500"]
    )
    address: Address | None = Field(
        default=None, description="who pays: its address", examples=[{"town": "Munich", "country": "DE"}]
    )
    charges: Literal["DEBT", "CRED", "SHAR", "SLEV"] | None = Field(
        default=None,
        description="who bears the charges: DEBT the payer, CRED the payee, SHAR each its own, SLEV as the scheme says",
        examples=["SHAR"],
    )
    service_level: Annotated[Text, Field(pattern=r"^[A-Z]{4}$"), Written("four capitals")] | None = Field(
        default=None,
        description="how payments are carried out, by its ISO 20022 code: NURG, URGP, …; SEPA holds for euros alone, "
        "and pays to an IBAN",
        examples=["SEPA"],
    )
    characters: Literal["sepa", "any"] | None = Field(
        default=None,
        description="which characters the bank takes: sepa those of every SEPA bank (Latin letters, digits, blanks and "
        "`/-?:().,'+`), any all of them; without it sepa for payments in euro and any for others",
        examples=["sepa"],
    )
    more_characters: Text | None = Field(
        default=None, description="characters that this bank takes besides those of sepa", examples=["ÄÖÜäöüß&"]
    )
    longest_name: int | None = Field(
        default=None,
        ge=1,
        le=LONGEST_NAME,
        description=f"how many characters of a name the bank takes; without it {LONGEST_SEPA_NAME} where the "
        f"characters are those of sepa, {LONGEST_NAME} elsewhere",
        examples=[70],
    )
    addresses: Literal["structured"] | None = Field(
        default=None,
        description="structured: every payment has the payee's address in parts, and a payee without town and country "
        "is not paid; without it no addresses are written",
        examples=["structured"],
    )

    @model_validator(mode="after")
    def _has_an_account(self) -> Bank:
        if (self.iban is None) == (self.account is None):
            message = "state iban, or account where there is no IBAN"
            raise ValueError(message)
        return self

    def characters_for(self, currency: str) -> frozenset[str] | None:
        """Return the characters that texts of a payment in `currency` may hold; None for all."""
        if self.characters == "any" or (self.characters is None and currency != "EUR"):
            return None
        return SEPA_CHARACTERS | frozenset(self.more_characters or "")

    def longest_name_for(self, currency: str) -> int:
        """Return how many characters a name in a payment in `currency` may have."""
        usual = LONGEST_NAME if self.characters_for(currency) is None else LONGEST_SEPA_NAME
        return self.longest_name or usual

    def service_level_for(self, currency: str) -> str | None:
        """Return the code of the service level of payments in `currency`; None if there is none for it."""
        return None if self.service_level == "SEPA" and currency != "EUR" else self.service_level
