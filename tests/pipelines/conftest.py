"""A small workspace that a test fills with extracts, loads, and asks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines.books.runs import Run
from pipelines.intake.extract import extract
from pipelines.intake.stage import stage
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipelines.history import History

RUN = Run(date(2026, 11, 23))

CONFIG = """\
name: Test
currency: USD
max_rejects: {max_rejects}
{more}
sources:
  - {{data_set: members, path: extracts/members*.csv, format: csv}}
  - {{data_set: products, path: extracts/products*.csv, format: csv}}
  - {{data_set: transactions, path: extracts/{transactions}}}
{sources}
"""
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency"


class House:
    """A workspace under test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "extracts").mkdir(parents=True)
        self.configure()
        self.put("members.csv", "member_id,name\nM-1,One\nM-2,Two\n")
        self.put("products.csv", "product_id,name\nP-1,Pads\nP-2,Filter\n")

    def configure(
        self,
        *,
        transactions: str = "tx*.csv, format: csv",
        max_rejects: str = "100%",
        more: str = "",
        sources: str = "",
    ) -> None:
        text = CONFIG.format(transactions=transactions, max_rejects=max_rejects, more=more, sources=sources)
        (self.root / "rebatch.yaml").write_text(text, encoding="utf-8")

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.root / "extracts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def rule(self, text: str) -> None:
        (self.root / "rules").mkdir(exist_ok=True)
        (self.root / "rules" / "deal.yaml").write_text(text, encoding="utf-8")

    def sales(self, *rows: str, name: str = "tx.csv", header: str = HEADER) -> Path:
        return self.put(name, "\n".join([header, *rows]) + "\n")

    def extract(self) -> dict[str, int | str]:
        return extract(open_workspace(self.root), RUN).counts

    def load(self) -> dict[str, int | str]:
        # Open from one stage to the next, as in a run.
        with connect(open_workspace(self.root)):
            self.extract()
            return self.stage()

    def stage(self) -> dict[str, int | str]:
        return stage(open_workspace(self.root), RUN).counts

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.root / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def reasons(self) -> list[tuple[Any, ...]]:
        return self.ask(
            "SELECT line, column_name, reason, value FROM rejects ORDER BY load_seq, line, column_name, reason"
        )


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house")


@pytest.fixture(scope="session")
def house_type() -> type[House]:
    return House


@pytest.fixture
def history(past_books: History, tmp_path: Path) -> History:
    """A copy of `past_books`, to go on with or to tamper with."""
    return past_books.copy(tmp_path / "books")
