"""The journal of a month: rendered from the ledger, and read back before it is published."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from reports.erp.journal import JOURNAL_FILE, journal_totals, render_journal
from rules.ledger.journal import journal, unbalanced, untied
from rules.money import MINOR_UNITS
from schemas.errors import InvariantError, Place, Problem
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from schemas.workspace import Accounts


class JournalFile(NamedTuple):
    """The journal file: its name and bytes, its number of lines, and the sum of its debits per currency."""

    path: str
    content: bytes
    rows: int
    totals: dict[str, str]


def journal_file(postings: pl.DataFrame, accounts: Accounts) -> JournalFile:
    """Return the journal of `postings`, those of one month, with the workspace's account numbers.

    Raises:
        BooksError: naming every text that may not stand in the file.
    """
    lines = journal(postings)
    content = render_journal(lines, accounts.model_dump(), MINOR_UNITS)
    return JournalFile(JOURNAL_FILE, content, lines.height, journal_totals(lines, MINOR_UNITS))


def check_journal(folder: Path, postings: pl.DataFrame, accounts: Accounts) -> None:
    """Refuse a journal that, when read back, does not balance or disagrees with `postings`.

    Raises:
        InvariantError: naming each entry, and each currency or account, that is not as it should be.
    """
    lines = _read(folder / JOURNAL_FILE, accounts)
    todo = "nothing was published; report this, the ledger itself is as it was"
    problems = [Problem(found, todo, at=Place(JOURNAL_FILE)) for found in _faults(lines, postings)]
    if problems:
        raise InvariantError(*problems)


def _faults(lines: pl.DataFrame, postings: pl.DataFrame) -> Iterator[str]:
    """Yield each entry, day or month whose debits and credits differ, and each account that differs from the ledger."""
    for by in ("entry_id", "date", "period"):
        for key, currency, debit, credit in unbalanced(lines, [by]).iter_rows():
            yield f"{by} {key}: debits of {debit} {currency}, credits of {credit}"
    for account, currency, balance, posted in untied(lines, postings).iter_rows():
        yield f"what is {account} in {currency} is {balance}, that of the ledger {posted}"


def _read(path: Path, accounts: Accounts) -> pl.DataFrame:
    """Read the journal back with Python's csv module, which shares no code with the writer."""
    names = {number: name for name, number in accounts.model_dump().items()}
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline=""), strict=True))
    sides = ["debit" if row["debit"] else "credit" for row in rows]
    return pl.DataFrame(
        {
            **{name: [row[name] for row in rows] for name in ("entry_id", "date", "currency", "period")},
            "account": [names.get(row["account"], row["account"]) for row in rows],
            "side": sides,
            # A line has its amount in one of the two columns; the other is empty.
            "amount": [Decimal(row[side]) for row, side in zip(rows, sides, strict=True)],
        },
        schema={
            **dict.fromkeys(("entry_id", "date", "currency", "period", "account", "side"), pl.String),
            "amount": MONEY,
        },
    )
