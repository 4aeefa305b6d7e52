"""Bank accounts: what is wrong with an IBAN, a BIC, a clearing member id, a country, or a text for a bank."""

from __future__ import annotations

import re
import string
from types import MappingProxyType

SEPA_CHARACTERS = frozenset(string.ascii_letters + string.digits + "/-?:().,'+ ")
"""The characters that every bank of the SEPA schemes must take (EPC217-08)."""

_WHOLE = re.compile(r"[A-Z0-9]+")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_CLEARING_SYSTEM = re.compile(r"[A-Z]{5}")
_CLEARING_MEMBER = re.compile(r"[A-Z0-9]{1,35}")
_COUNTRY = re.compile(r"[A-Z]{2}")

# From the external code set ClearingSystemIdentification of ISO 20022, for systems whose countries have no IBAN.
_CLEARING_FORMS = MappingProxyType(
    {
        "USABA": (re.compile(r"[0-9]{9}"), "9 digits"),
        "CACPA": (re.compile(r"0[0-9]{8}"), "9 digits, the first 0"),
        "JPZGN": (re.compile(r"[0-9]{7}"), "7 digits: bank and branch"),
        "AUBSB": (re.compile(r"[0-9]{6}"), "6 digits"),
        "NZNCC": (re.compile(r"[0-9]{6}"), "6 digits"),
        "GBDSC": (re.compile(r"[0-9]{6}"), "6 digits"),
        "INFSC": (re.compile(r"[A-Z]{4}0[A-Z0-9]{6}"), "4 letters, 0 and 6 letters or digits"),
        "CNAPS": (re.compile(r"[0-9]{12}"), "12 digits"),
        "HKNCC": (re.compile(r"[0-9]{3}"), "3 digits"),
        "ZANCC": (re.compile(r"[0-9]{6}"), "6 digits"),
    }
)
_ABA_WEIGHTS, _ABA_MODULUS = (3, 7, 1) * 3, 10


def iban_fault(text: str) -> str | None:
    """Return what is wrong with an IBAN in electronic form; None if it is right.

    ISO 13616: no blanks, capitals, the length and structure of its country, and check digits that hold.
    """
    # Not at the top: loading the registry of all countries would slow down every command, --help included.
    from schwifty import IBAN
    from schwifty.exceptions import InvalidChecksumDigits, InvalidCountryCode, InvalidLength, SchwiftyException

    if not _WHOLE.fullmatch(text):
        return "an IBAN has capitals and digits and no blanks"
    try:
        IBAN(text)
    except InvalidCountryCode:
        return f"no country has IBANs that begin with {text[:2]!r}"
    except InvalidLength:
        wanted = IBAN(text, allow_invalid=True).spec.iban_length
        return f"an IBAN of {text[:2]} has {wanted} characters, not {len(text)}"
    except InvalidChecksumDigits:
        return "the check digits do not hold"
    except SchwiftyException:
        return f"an IBAN of {text[:2]} has other characters in some places"
    return None


def bic_fault(text: str) -> str | None:
    """Return what is wrong with a BIC (ISO 9362: 8 or 11 capitals and digits, a country that exists); None if right."""
    from schwifty import BIC
    from schwifty.exceptions import InvalidCountryCode, SchwiftyException

    if not _BIC.fullmatch(text):
        return "a BIC has 8 or 11 characters, capitals and digits"
    try:
        BIC(text)
    except InvalidCountryCode:
        return f"there is no country {text[4:6]!r}"
    except SchwiftyException as error:
        return str(error)
    return None


def clearing_fault(system: str, member: str) -> str | None:
    """Return what is wrong with the id of a bank in a national clearing system, both not empty; None if it is right."""
    if not _CLEARING_SYSTEM.fullmatch(system):
        return f"{system!r} is no clearing_system: it has five letters, such as USABA or JPZGN"
    form, words = _CLEARING_FORMS.get(system, (_CLEARING_MEMBER, "capitals and digits, 35 at most"))
    if not form.fullmatch(member):
        return f"an id of {system} has {words}"
    if system == "USABA":
        # The checksum of the American Bankers Association: weights 3, 7, 1 add up to a multiple of ten.
        total = sum(int(digit) * weight for digit, weight in zip(member, _ABA_WEIGHTS, strict=True))
        return "the check digit does not hold" if total % _ABA_MODULUS else None
    return None


def country_fault(code: str) -> str | None:
    """Return what is wrong with a country code (ISO 3166-1 alpha-2); None if it is right."""
    from pycountry import countries

    is_there = _COUNTRY.fullmatch(code) is not None and countries.get(alpha_2=code) is not None
    return None if is_there else "a country is written with the two capitals of ISO 3166, such as DE"


def unfit_characters(text: str, allowed: frozenset[str]) -> str:
    """Return the characters of `text` that are not `allowed`, each once and named with its code point."""
    unfit = [character for character in dict.fromkeys(text) if character not in allowed]
    return ", ".join(f"{character!r} (U+{ord(character):04X})" for character in unfit)
