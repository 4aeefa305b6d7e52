"""Bank accounts: what an IBAN and a BIC are, and the account that payouts are paid from."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from schemas.config_types import Part, Text

PAIN_FILE = "pain.001.xml"
"""How the file of a batch that the bank picks up is named."""

LONGEST_NAME = 140
LONGEST_ACCOUNT = 34

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_IBAN_MODULUS, _IBAN_REMAINDER = 97, 1


def is_iban(text: str) -> bool:
    """Say whether `text` is an IBAN in electronic form (ISO 13616: no blanks) whose check digits hold."""
    if not _IBAN.fullmatch(text):
        return False
    digits = "".join(str(int(character, 36)) for character in text[4:] + text[:4])
    return int(digits) % _IBAN_MODULUS == _IBAN_REMAINDER


def is_bic(text: str) -> bool:
    """Say whether `text` is written as a BIC is (ISO 9362: 8 or 11 characters)."""
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

    name: Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME)]
    iban: Annotated[Text, AfterValidator(_iban)] | None = None
    account: Annotated[Text, Field(min_length=1, max_length=LONGEST_ACCOUNT)] | None = None
    bic: Annotated[Text, AfterValidator(_bic)] | None = None
    charges: Literal["DEBT", "CRED", "SHAR", "SLEV"] | None = None

    @model_validator(mode="after")
    def _has_an_account(self) -> Bank:
        if (self.iban is None) == (self.account is None):
            message = "state iban, or account where there is no IBAN"
            raise ValueError(message)
        return self
