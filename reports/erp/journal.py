"""journal.csv: the entries of a month for the general ledger, two lines each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import amount_text, check_minor_units, control_totals, with_digits
from reports.erp.cell_checks import Cells
from reports.erp.erp_file import CORRECT_IT
from schemas.errors import BooksError

if TYPE_CHECKING:
    from collections.abc import Mapping

JOURNAL_FILE = "journal.csv"
_TEXTS = ("program", "rebate", "member_id", "payee_id", "period", "kind", "posting_id", "text")
COLUMNS = ("entry_id", "line", "date", "account", "debit", "credit", "currency", *_TEXTS)
"""The columns of the file. An amount is under debit or credit; the other cell is empty."""


def render_journal(lines: pl.DataFrame, accounts: Mapping[str, str], digits: Mapping[str, int]) -> bytes:
    """Render `lines` (rules.ledger.journal.JOURNAL) in their order as CSV: RFC 4180, UTF-8, a decimal point.

    accounts: the number of each account; digits: the decimals of each currency.

    Raises:
        BooksError: names every cell that a spreadsheet would run as a formula, or that holds control characters.
        InvariantError: an amount has more decimals than its currency.
    """
    known = with_digits(lines, digits)
    check_minor_units(known, file=JOURNAL_FILE, name="posting_id")
    figures = {side: pl.when(side=side).then(amount_text("amount", "digits")) for side in ("debit", "credit")}
    cells = known.with_columns(
        pl.col("account").replace_strict(dict(accounts), return_dtype=pl.String),
        pl.col("date").cast(pl.String),
        pl.col("line").cast(pl.String),
        **figures,
    ).select(COLUMNS)
    who = cells.select(who=pl.format("entry {}", "entry_id"))["who"]
    placed = Cells(cells, who, file=JOURNAL_FILE, first_line=2, todo=CORRECT_IT)
    problems = [problem for column in _TEXTS for problem in placed.would_run(column)]
    if problems:
        raise BooksError(*problems)
    return cells.write_csv(line_terminator="\r\n").encode()


def journal_totals(lines: pl.DataFrame, digits: Mapping[str, int]) -> dict[str, str]:
    """Return the sum of the debits per currency, which is that of the credits too: the control totals of the file."""
    return control_totals(with_digits(lines.filter(side="debit"), digits))
