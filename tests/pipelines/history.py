"""A small workspace with a past: six runs, each for another reason, through real files."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

from pipelines.approval.adjust import Adjustment, adjust
from pipelines.approval.approval_items import Choice
from pipelines.approval.approve import decide, propose
from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from tests.disputing import Dispute, dispute

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from pipelines.workspace.configuration import Workspace

CONFIG = """
name: History
currency: USD
max_rejects: 50%
payouts: {auto_approve_below: 50}
sources:
  - {data_set: members, path: extracts/members*.csv, format: csv}
  - {data_set: products, path: extracts/products*.csv, format: csv}
  - {data_set: transactions, path: extracts/tx*.csv, format: csv}
"""
PROGRAM = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
pay_to: payee
rebates:
  only:
    products: {{include: [{{category: [pads]}}]}}
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{{from: 100, rate: {rate}}}]
"""
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency"
DAYS = ("2026-04-05", "2026-05-04", "2026-05-20", "2026-06-03", "2026-07-05", "2026-07-10")


class History:
    """A workspace that a test writes the extracts and rules of."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def workspace(self) -> Workspace:
        return open_workspace(self.root)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def sell(self, name: str, *rows: str, header: str = HEADER) -> None:
        self.write(f"extracts/tx-{name}.csv", "\n".join([header, *rows, ""]))

    def run(self, as_of: str) -> str:
        run_all(self.workspace, Run(date.fromisoformat(as_of)))
        return str(self.ask("SELECT run_id FROM runs ORDER BY run_seq DESC LIMIT 1").item())

    def ask(self, query: str) -> pl.DataFrame:
        with connect(self.workspace, read_only=True) as connection:
            return read(connection, query)

    def change(self, statement: str) -> None:
        with connect(self.workspace) as connection:
            connection.execute(statement)

    def decide(self) -> None:
        """Approve what is drafted, grant B 7.50, and take A's sale 6 of 400 out."""
        asked = Adjustment("B", "deal", "2026-Q1", "7.50", "goodwill", "late delivery")
        granted = str(adjust(self.workspace, asked, person="ann").frame["subject"][0])
        for choice in (Choice(everything=True), Choice((granted,))):
            proposed = propose(self.workspace, choice, kind="approve", person="bob")
            decide(self.workspace, choice, proposed, kind="approve", person="bob", reason="checked")
        dispute(self.workspace, Dispute("6", "disputed", "never ordered"), excludes=True, person="ann")

    def runs(self) -> list[str]:
        return list(self.ask("SELECT run_id FROM runs ORDER BY run_seq")["run_id"])

    def copy(self, to: Path) -> History:
        return History(shutil.copytree(self.root, to, symlinks=True))


def make_history(root: Path) -> History:
    """Settle a quarter; restate it by late and corrected rows, a rule change, other data, a return, and by people."""
    books = History(root)
    books.write("rebatch.yaml", CONFIG)
    books.write("extracts/members.csv", "member_id,name,payee_id\nA,Alpha,\nB,Beta,Z\nZ,Zeta,\n")
    books.write("extracts/products.csv", "product_id,name,category\nP,Pad,pads\nO,Oil,oils\n")
    books.write("rules/deal.yaml", PROGRAM.format(rate="10%"))
    books.sell(
        "1",
        "1,A,P,2026-01-10,2026-01-11,sale,1,each,1000,USD",
        "2,B,P,2026-02-10,2026-02-11,sale,1,each,500,USD",
        "3,B,O,2026-03-10,2026-03-11,sale,1,each,300,USD",
        "4,X,P,2026-03-10,2026-03-11,sale,1,each,300,USD",
    )
    books.run(DAYS[0])
    books.sell(
        "2",
        "5,A,P,2026-03-30,2026-04-20,sale,1,each,200,USD",
        "2,B,P,2026-02-10,2026-04-21,sale,1,each,450,USD",
        "6,A,P,2026-04-10,2026-04-21,sale,1,each,400,USD",
    )
    books.run(DAYS[1])
    books.write("rules/deal.yaml", PROGRAM.format(rate="12%"))
    books.run(DAYS[2])
    books.write("extracts/products-2.csv", "product_id,name,category\nP,Pad,pads\nO,Oil pad,pads\n")
    books.run(DAYS[3])
    books.sell(
        "3",
        "7,A,P,2026-03-31,2026-07-01,return,-1,each,-1150,USD,web",
        "8,A,P,2026-05-05,2026-05-06,sale,1,each,600,USD,shop",
        header=HEADER + ",channel",
    )
    books.run(DAYS[4])
    books.decide()
    books.run(DAYS[5])
    return books
