"""What a bank requires of a payee before it can be paid: every fault is reported, nothing is rewritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reports.erp.cell_checks import UNPRINTABLE
from schemas.bank import LONGEST_ACCOUNT, LONGEST_NAME, is_bic, is_iban
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Max35Text of ISO 20022, the type of EndToEndId.
LONGEST_ID = 35
# Characters that are text but that XML 1.0 does not allow, not even escaped.
NOT_XML = r"[\x{FFFE}\x{FFFF}]"
_CORRECT_IT = "correct it in the members extract, or leave out `bank:`"


def check_payments(payments: pl.DataFrame, *, file: str) -> None:
    """Refuse payments that no bank would execute.

    payments: document_id, payee_id, payee_name, amount, reference, iban, bic, account.

    Raises:
        BooksError: names every payee and what is wrong with its name or account.
    """
    checks: tuple[tuple[pl.Expr | pl.Series, str, str], ...] = (
        (_blank("payee_name"), "payee_name", "has no name"),
        (_longer("payee_name", LONGEST_NAME), "payee_name", f"has a name longer than {LONGEST_NAME} characters"),
        (_unprintable("payee_name"), "payee_name", "has a name with a character that is not text"),
        (_blank("iban") & _blank("account"), "iban", "has neither iban nor account"),
        (_not(is_iban, payments["iban"]), "iban", "has an iban that is none (no blanks, and check digits that hold)"),
        (_not(is_bic, payments["bic"]), "bic", "has a bic that is none (8 or 11 characters in capitals)"),
        (_longer("account", LONGEST_ACCOUNT), "account", f"has an account longer than {LONGEST_ACCOUNT} characters"),
        (_unprintable("account"), "account", "has an account with a character that is not text"),
        (_blank("reference"), "reference", "has a payout without a reference"),
        (_longer("reference", LONGEST_NAME), "reference", f"has a reference longer than {LONGEST_NAME} characters"),
        (_unprintable("reference"), "reference", "has a reference with a character that is not text"),
        (_longer("document_id", LONGEST_ID), "document_id", f"has a payout id longer than {LONGEST_ID} characters"),
        (pl.col("amount") <= 0, "amount", "has a payout of nothing or less"),
    )
    problems = [
        problem
        for is_wrong, column, fault in checks
        for problem in _found(payments.filter(is_wrong), column, fault, file)
    ]
    if problems:
        raise BooksError(*problems)


def _found(wrong: pl.DataFrame, column: str, fault: str, file: str) -> Iterator[Problem]:
    for row in wrong.sort("payee_id", "document_id").iter_rows(named=True):
        value = "" if row[column] is None else f": {str(row[column])!r}"
        yield Problem(f"payee {row['payee_id']!r} {fault}{value}", _CORRECT_IT, at=Place(file))


def _blank(column: str) -> pl.Expr:
    return pl.col(column).fill_null("").str.strip_chars() == ""


def _longer(column: str, most: int) -> pl.Expr:
    return pl.col(column).str.len_chars() > most


def _unprintable(column: str) -> pl.Expr:
    return pl.col(column).str.contains(f"{UNPRINTABLE}|{NOT_XML}")


def _not(is_good: Callable[[str], bool], texts: pl.Series) -> pl.Series:
    return pl.Series([bool((text or "").strip()) and not is_good(text) for text in texts], dtype=pl.Boolean)
