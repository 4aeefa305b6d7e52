"""Workbooks: typed cells, texts that stay texts, parts where a sheet is full, the same bytes for the same books."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from python_calamine import CalamineWorkbook

from reports.workbook.workbook import About, Sheet, Tie, render_workbook

DAY = date(2026, 11, 23)
MORNING = datetime.fromisoformat("2026-11-23 08:30")
ROWS = pl.DataFrame(
    {
        "payee_id": ["=1+1", "https://a.example", "007"],
        "currency": ["USD", "JPY", "USD"],
        "amount": [Decimal("1234.50"), Decimal(99), Decimal("-0.01")],
        "due_on": [DAY, None, DAY],
        "at": [MORNING, None, None],
        "lines": [3, 4, None],
        "is_paid": [True, False, None],
    },
    schema_overrides={"amount": pl.Decimal(18, 4)},
)
TIE = Tie("All", "USD", Decimal("1234.49"), (("Payouts", "amount", 1),))


def render(*sheets: Sheet, ties: tuple[Tie, ...] = ()) -> bytes:
    content = io.BytesIO()
    render_workbook(content, sheets, ties, About({"Run": "r1"}, DAY, {"JPY": 0}))
    return content.getvalue()


def cells(content: bytes, sheet: str) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(sheet).to_python()


def member(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


def test_figures_are_numbers_and_days_are_days_and_texts_are_texts() -> None:
    head, *rows = cells(render(Sheet("Payouts", ROWS, ("amount",))), "Payouts")
    assert head == ["payee id", "currency", "amount", "due on", "at", "lines", "is paid"]
    assert rows[0] == ["=1+1", "USD", 1234.5, DAY, MORNING, 3.0, True]
    assert rows[1][:4] == ["https://a.example", "JPY", 99.0, ""]
    assert rows[2][0] == "007"


def test_money_has_the_decimals_of_its_currency() -> None:
    content = render(Sheet("Payouts", ROWS, ("amount",)))
    assert set(re.findall(r'formatCode="([^"]+)"', member(content, "xl/styles.xml"))) >= {"yyyy-mm-dd"}
    sheet = member(content, "xl/worksheets/sheet2.xml")
    styles = dict(re.findall(r'<c r="(C[234])" s="(\d+)"', sheet))
    assert styles["C2"] == styles["C4"] != styles["C3"]


def test_a_number_of_which_a_digit_would_be_lost_is_text() -> None:
    exact, long = Decimal("12345678901.2345"), Decimal("123456789012.3456")
    rows = pl.DataFrame({"amount": [exact, long]}, schema={"amount": pl.Decimal(18, 4)})
    assert cells(render(Sheet("Ledger", rows)), "Ledger")[1:] == [[12345678901.2345], ["123456789012.3456"]]


def test_headers_are_frozen_and_every_column_filters() -> None:
    sheet = member(render(Sheet("Payouts", ROWS)), "xl/worksheets/sheet2.xml")
    assert '<autoFilter ref="A1:G4"/>' in sheet
    assert 'ySplit="1"' in sheet


def test_a_sheet_that_is_full_goes_on_in_another() -> None:
    parts = Sheet("Ledger", ROWS).parts(most=2)
    assert [(part.name, part.rows.height) for part in parts] == [("Ledger", 2), ("Ledger 2", 1)]
    assert [part.name for part in Sheet("Ledger", ROWS.clear()).parts()] == ["Ledger"]


def test_the_control_sheet_ties_by_formulas() -> None:
    content = render(Sheet("Payouts", ROWS, ("amount",)), ties=(TIE,))
    assert cells(content, "Control")[-1] == ["All", "USD", 1234.49, 1234.49, 0.0]
    formulas = re.findall(r"<f>(.*?)</f>", member(content, "xl/worksheets/sheet1.xml"))
    assert formulas == [
        "+SUMIFS('Payouts'!C2:C4,'Payouts'!B2:B4,\"USD\")",
        "ROUND(C4-D4,4)",
    ]


def test_the_same_books_give_the_same_bytes() -> None:
    assert render(Sheet("Payouts", ROWS), ties=()) == render(Sheet("Payouts", ROWS), ties=())
