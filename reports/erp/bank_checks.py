"""What a bank requires of a payment before it can carry it out: every fault is reported, nothing is rewritten."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from reports.erp.flaws import Flaw
from schemas.bank import LONGEST_ACCOUNT, LONGEST_NAME
from schemas.bank_account import bic_fault, clearing_fault, country_fault, iban_fault, unfit_characters
from schemas.errors import BooksError, Place, Problem, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from schemas.bank import Bank

# Max35Text of ISO 20022, the type of EndToEndId.
LONGEST_ID = 35
_LONGEST_OF_ADDRESS = {"street": 70, "building_number": 16, "post_code": 16, "town": 35}
_CORRECT_IT = "correct it in the members extract, or leave out `bank:`"
_NAME_IT = "state account_holder in the members extract: the name as the bank has it; or `bank: more_characters:`"
# Control characters, line and paragraph separators, marks that change the reading direction, and the two characters
# that XML 1.0 does not allow, not even escaped.
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]")

Payment = dict[str, Any]
Fault = tuple[str, str]
"""What is wrong with a payment, and what to do about it."""


def check_payments(payments: pl.DataFrame, bank: Bank, *, file: str) -> None:
    """Refuse payments that no bank would carry out.

    Raises:
        BooksError: names every payee and what is wrong with its name, account or address.
    """
    problems = [flaw.problem for flaw in payment_flaws(payments, bank, file=file)]
    if problems:
        raise BooksError(*problems)


def check_bank(bank: Bank, currencies: Iterable[str]) -> None:
    """Refuse a payer whose own texts its bank would not take in payments in these currencies.

    Raises:
        WorkspaceError: names each such text and its characters.
    """
    address = bank.address.model_dump().items() if bank.address else ()
    texts = [("name", bank.name), *((f"address: {name}", text or "") for name, text in address)]
    problems = {
        Problem(f"bank: {name}: {text!r} holds {unfit}, which its bank does not take", "see `bank: characters:`")
        for currency in currencies
        for name, text in texts
        if (allowed := bank.characters_for(currency)) and (unfit := unfit_characters(text, allowed))
    }
    if problems:
        raise WorkspaceError(*problems)


def payment_flaws(payments: pl.DataFrame, bank: Bank, *, file: str) -> list[Flaw]:
    """Return everything for which a bank would refuse a payment, sorted by payee and document.

    payments: document_id, payee_id, payee_name, amount, currency, reference and schemas.bank.BANK_COLUMNS.
    """
    rows = payments.sort("payee_id", "document_id").iter_rows(named=True)
    return [
        Flaw(row["document_id"], Problem(f"payee {row['payee_id']!r} {found}", todo, at=Place(file)))
        for row in rows
        for found, todo in _faults(row, bank)
    ]


def _faults(row: Payment, bank: Bank) -> Iterator[Fault]:
    filled = {name: value for name, value in row.items() if value is not None and str(value).strip()}
    allowed = bank.characters_for(row["currency"])
    yield from ((fault, _NAME_IT) for fault in _name_faults(filled, bank))
    others = [_account_faults(filled, bank), _agent_faults(filled), _payout_faults(filled, allowed)]
    if bank.addresses == "structured":
        others.append(_address_faults(filled, allowed))
    yield from ((fault, _CORRECT_IT) for fault in chain.from_iterable(others))


def _name_faults(row: Payment, bank: Bank) -> Iterator[str]:
    column = "account_holder" if "account_holder" in row else "payee_name"
    if column not in row:
        yield "has no name"
        return
    currency, word = row["currency"], "a name" if column == "payee_name" else f"an {column}"
    yield from _text_faults(row[column], word, bank.longest_name_for(currency), bank.characters_for(currency))


def _account_faults(row: Payment, bank: Bank) -> Iterator[str]:
    iban, account = row.get("iban"), row.get("account")
    if iban is not None:
        if fault := iban_fault(iban):
            yield f"has an iban that is none ({fault}): {iban!r}"
        return
    if account is None:
        yield "has neither iban nor account"
        return
    if bank.service_level_for(row["currency"]) == "SEPA":
        yield f"has no iban, to which alone SEPA pays: account {account!r}"
    elif "bic" not in row and "clearing_member_id" not in row:
        yield f"has an account without a bank: it needs bic or clearing_member_id beside account {account!r}"
    yield from _text_faults(account, "an account", LONGEST_ACCOUNT, bank.characters_for(row["currency"]))


def _agent_faults(row: Payment) -> Iterator[str]:
    bic, system, member = row.get("bic"), row.get("clearing_system"), row.get("clearing_member_id")
    if bic is not None and (fault := bic_fault(bic)):
        yield f"has a bic that is none ({fault}): {bic!r}"
    if member is not None and system is None:
        yield f"has a clearing_member_id without clearing_system, such as USABA: {member!r}"
    elif member is not None and system is not None and (fault := clearing_fault(system, member)):
        yield f"has a clearing_member_id that is none ({fault}): {member!r}"


def _payout_faults(row: Payment, allowed: frozenset[str] | None) -> Iterator[str]:
    if "reference" not in row:
        yield "has a payout without a reference"
    yield from _text_faults(row.get("reference", ""), "a reference", LONGEST_NAME, allowed)
    yield from _text_faults(row["document_id"], "a payout id", LONGEST_ID, allowed)
    if row["amount"] <= 0:
        yield f"has a payout of nothing or less: {str(row['amount'])!r}"


def _address_faults(row: Payment, allowed: frozenset[str] | None) -> Iterator[str]:
    yield from (f"has an address without {column}" for column in ("town", "country") if column not in row)
    if "country" in row and (fault := country_fault(row["country"])):
        yield f"has an address with a country that is none ({fault}): {row['country']!r}"
    for column, longest in _LONGEST_OF_ADDRESS.items():
        yield from _text_faults(row.get(column, ""), f"an address with a {column}", longest, allowed)


def _text_faults(text: str, word: str, longest: int, allowed: frozenset[str] | None) -> Iterator[str]:
    """Yield what is wrong with one text of a payment: its length, or its characters."""
    if len(text) > longest:
        yield f"has {word} longer than {longest} characters: {text!r}"
    if _NOT_TEXT.search(text):
        yield f"has {word} with a character that is not text: {text!r}"
    elif allowed is not None and (unfit := unfit_characters(text, allowed)):
        yield f"has {word} with {unfit}, which the bank does not take: {text!r}"
