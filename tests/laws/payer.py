"""Whoever pays: takes in the files of exports, pays each document at most once, and answers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

CENT = Decimal("0.01")


@dataclass
class Document:
    """What came in to be paid, and what became of it."""

    payout_id: str
    amount: Decimal
    paid: Decimal = Decimal(0)
    is_refused: bool = False

    @property
    def is_open(self) -> bool:
        return not self.is_refused and self.paid < self.amount


class Payer:
    """An ERP of few words; its own books say what must be in ours."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.said: list[str] = []

    @property
    def paid(self) -> Decimal:
        """Add up the payouts that are paid in full."""
        return sum(
            (document.amount for document in self.documents.values() if document.paid == document.amount), Decimal(0)
        )

    @property
    def owed(self) -> Decimal:
        """Add up what is left to be paid of what came in."""
        return sum((d.amount - d.paid for d in self.documents.values() if d.is_open), Decimal(0))

    def receive(self, folder: Path) -> None:
        """Take in the file of an export; a payout that comes again must have been refused."""
        for name, amount in self._rows(folder):
            if name in self.documents:
                assert self.documents[name].amount == amount, f"{name} comes again with another amount"
                continue
            payout_id = "-".join(name.split("-")[:4])
            before = [document for document in self.documents.values() if document.payout_id == payout_id]
            assert all(document.is_refused for document in before), f"{payout_id} comes a second time"
            self.documents[name] = Document(payout_id, amount)

    def answer(self, pick: int, kind: str, today: date) -> str | None:
        """Decide on one open document and return the row that says so; None if there is none for this kind."""
        if kind == "again":
            return self.said[pick % len(self.said)] if self.said else None
        is_fresh = kind == "refused"
        waiting = [name for name, d in self.documents.items() if d.is_open and not (is_fresh and d.paid)]
        if not waiting:
            return None
        name = waiting[pick % len(waiting)]
        reference = f"T{len(self.said)}"
        if kind == "nonsense":
            return f"{name}x,paid,{today},1.00,USD,{reference}"
        row = self._decide(name, kind, today, reference)
        if row:
            self.said.append(row)
        return row

    def _decide(self, name: str, kind: str, today: date, reference: str) -> str | None:
        document = self.documents[name]
        if kind == "refused":
            document.is_refused = True
            return f"{name},rejected,,,,{reference}"
        rest = document.amount - document.paid
        amount = (rest / 2).quantize(CENT, ROUND_DOWN) if kind == "part" else rest
        if not amount:
            return None
        document.paid += amount
        return f"{name},paid,{today},{amount},USD,{reference}"

    @staticmethod
    def _rows(folder: Path) -> Iterator[tuple[str, Decimal]]:
        with (folder / "payouts.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield row["payout_id"], Decimal(row["amount"])
