"""journal.csv: its bytes, its control totals, and what may not stand in it."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from reports.erp.journal import journal_totals, render_journal
from rules.ledger.journal import JOURNAL
from schemas.errors import InvariantError

ACCOUNTS = {"expense": "4100", "accrued": "2150", "payable": "2100"}
DIGITS = {"USD": 2, "JPY": 0}


def lines(*changes: dict[str, Any]) -> pl.DataFrame:
    base = {
        "entry_id": "2026-01-00000007", "line": 1, "date": date(2026, 1, 31), "account": "expense", "side": "debit",
        "amount": Decimal("1234.5"), "currency": "USD", "program": "p", "rebate": "r", "member_id": "007",
        "payee_id": "Z", "period": "2026-Q1", "kind": "accrual", "posting_id": "abc", "text": "by then: some",
    }  # fmt: skip
    return pl.DataFrame([base | change for change in changes], schema=JOURNAL)


CREDIT = {"line": 2, "side": "credit", "account": "accrued"}


def test_an_entry_is_two_lines_of_csv() -> None:
    yen = {"currency": "JPY", "amount": Decimal(700), "text": 'says "much", and more'}
    assert render_journal(lines({}, CREDIT, yen, CREDIT | yen), ACCOUNTS, DIGITS).decode() == (
        "entry_id,line,date,account,debit,credit,currency,program,rebate,member_id,payee_id,period,kind,posting_id,"
        "text\r\n"
        "2026-01-00000007,1,2026-01-31,4100,1234.50,,USD,p,r,007,Z,2026-Q1,accrual,abc,by then: some\r\n"
        "2026-01-00000007,2,2026-01-31,2150,,1234.50,USD,p,r,007,Z,2026-Q1,accrual,abc,by then: some\r\n"
        '2026-01-00000007,1,2026-01-31,4100,700,,JPY,p,r,007,Z,2026-Q1,accrual,abc,"says ""much"", and more"\r\n'
        '2026-01-00000007,2,2026-01-31,2150,,700,JPY,p,r,007,Z,2026-Q1,accrual,abc,"says ""much"", and more"\r\n'
    )


def test_a_month_without_entries_has_its_headings() -> None:
    assert render_journal(lines(), ACCOUNTS, DIGITS).decode().count("\r\n") == 1
    assert journal_totals(lines(), DIGITS) == {}


def test_control_totals_are_those_of_the_debits() -> None:
    yen = {"currency": "JPY", "amount": Decimal(700)}
    assert journal_totals(lines({}, CREDIT, {}, CREDIT, yen, yen | CREDIT), DIGITS) == {"JPY": "700", "USD": "2469.00"}


@pytest.mark.parametrize("column", ["member_id", "payee_id", "text"])
@pytest.mark.parametrize(("text", "shown"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("a\nb", "a b")])
def test_what_a_spreadsheet_would_run_stands_there_as_text(column: str, text: str, shown: str) -> None:
    [_, _, row] = csv.reader(render_journal(lines({}, {column: text}), ACCOUNTS, DIGITS).decode().splitlines())
    assert shown in row


def test_a_part_of_a_minor_unit_is_refused() -> None:
    with pytest.raises(InvariantError, match=r"1234\.5000 JPY of abc has more than 0 decimals"):
        render_journal(lines({"currency": "JPY"}), ACCOUNTS, DIGITS)
