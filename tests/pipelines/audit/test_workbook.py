"""The workbook of real books: every sheet has the rows of the books, and the control sheet ties."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from python_calamine import CalamineWorkbook

from pipelines.audit.workbook import write_workbook
from schemas.errors import TerminalError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipelines.history import History


def total(rows: list[list[Any]], column: int) -> Decimal:
    return sum((Decimal(str(row[column])) for row in rows), Decimal(0))


def test_it_ties_to_the_ledger(past_books: History, tmp_path: Path) -> None:
    target = tmp_path / "books.xlsx"
    sheets = {sheet.name: sheet for sheet in write_workbook(past_books.workspace, target)}
    book = CalamineWorkbook.from_path(target)
    assert book.sheet_names == ["Control", *sheets]
    rows: dict[str, list[list[Any]]] = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert all(len(rows[name]) == sheet.rows.height + 1 for name, sheet in sheets.items())
    [(postings, amount)] = past_books.ask("SELECT COUNT(*), SUM(amount) FROM ledger").rows()
    assert len(rows["Ledger"]) == postings + 1
    ties = rows["Control"][5:]
    assert Decimal(str(ties[0][2])) == amount
    added_up = {name: total(body, head.index("amount")) for name, (head, *body) in rows.items() if "amount" in head}
    assert added_up["Ledger"] == amount
    assert added_up["Payouts"] == added_up["Payout lines"] == Decimal(str(ties[3][2]))
    assert all(tie[2] == tie[3] and tie[4] == 0 for tie in ties)


def test_nothing_of_another_kind_is_replaced(past_books: History, tmp_path: Path) -> None:
    target = tmp_path / "rules.yaml"
    target.write_text("program: x", encoding="utf-8")
    with pytest.raises(TerminalError, match="xlsx"):
        write_workbook(past_books.workspace, target)
    assert target.read_text(encoding="utf-8") == "program: x"
