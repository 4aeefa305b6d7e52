"""Bank accounts: the form of an IBAN and a BIC, and the account from which payouts are paid."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from schemas.config_types import Part, Text, Written

PAIN_FILE = "pain.001.xml"
"""The name of the file of a batch that the bank collects."""

# Max140Text and Max34Text of ISO 20022, the types of a name and of an account that is no IBAN.
LONGEST_NAME = 140
LONGEST_ACCOUNT = 34

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_IBAN_MODULUS, _IBAN_REMAINDER = 97, 1


def is_iban(text: str) -> bool:
    """Return whether `text` is an IBAN in electronic form (ISO 13616: no blanks) with valid check digits."""
    if not _IBAN.fullmatch(text):
        return False
    # ISO 13616: the first four characters go to the end, a letter counts as 10 to 35, and 97 divides the number with
    # remainder 1.
    digits = "".join(str(int(character, 36)) for character in text[4:] + text[:4])
    return int(digits) % _IBAN_MODULUS == _IBAN_REMAINDER


def is_bic(text: str) -> bool:
    """Return whether `text` has the form of a BIC (ISO 9362: 8 or 11 characters)."""
    return _BIC.fullmatch(text) is not None


def _iban(text: str) -> str:
    if not is_iban(text):
        message = "write an IBAN without blanks, and look at its digits: the check digits do not hold"
        raise ValueError(message)
    return text


def _bic(text: str) -> str:
    if not is_bic(text):
        message = "write a BIC of 8 or 11 characters in capitals, such as DEUTDEFF500"
        raise ValueError(message)
    return text


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
    charges: Literal["DEBT", "CRED", "SHAR", "SLEV"] | None = Field(
        default=None,
        description="who bears the charges: DEBT the payer, CRED the payee, SHAR each its own, SLEV as the scheme says",
        examples=["SHAR"],
    )

    @model_validator(mode="after")
    def _has_an_account(self) -> Bank:
        if (self.iban is None) == (self.account is None):
            message = "state iban, or account where there is no IBAN"
            raise ValueError(message)
        return self
