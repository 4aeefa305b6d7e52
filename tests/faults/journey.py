"""A small workspace on its way from the first extracts to money: a copy of it before each command of that way."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from tests.faults.disturbed import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONFIG = """
name: Journey
currency: USD
threads: 1
max_rejects: 50%
payouts: {auto_approve_below: 5, two_people_above: 100000}
accruals: {accounts: {expense: "4100", accrued: "2150", payable: "2100"}}
sources:
  - {data_set: members, path: extracts/members.csv, format: csv}
  - {data_set: products, path: extracts/products.csv, format: csv}
  - {data_set: transactions, path: extracts/tx*.csv, format: csv}
"""
RENAMED = CONFIG.replace("{data_set: transactions,", "{data_set: transactions, source: erp,")
PROGRAM = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
negative: carry_forward
rebates:
  only:
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 100, rate: 10%}]
"""
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency\n"
FIRST_ROWS = """\
1,A,P,2026-07-06,2026-07-07,sale,40,piece,1600.00,USD
2,A,P,2026-08-20,2026-08-24,return,-2,piece,-80.00,USD
3,B,P,2026-07-15,2026-07-16,sale,150,piece,6000.00,USD
4,C,P,2026-09-15,2026-09-16,sale,15,piece,300.00,USD
5,A,P,2026-10-01,2026-10-02,sale,30,piece,900.00,USD
"""
LATE_ROWS = """\
6,A,P,2026-09-30,2026-10-09,sale,4,piece,160.00,USD
3,B,P,2026-07-15,2026-10-10,sale,140,piece,5600.00,USD
7,X,P,2026-09-30,2026-10-09,sale,4,piece,160.00,USD
8,C,P,2026-09-29,2026-10-09,return,-15,piece,-290.00,USD
"""


@dataclass(frozen=True)
class Act:
    """A command on the way, `{root}` standing for the workspace, and what is brought in before it."""

    arguments: Callable[[Path], list[str]]
    bring: Callable[[Path], object] = bool


def make_workspace(root: Path) -> None:
    _write(root, "rebatch.yaml", CONFIG)
    _write(root, "rules/deal.yaml", PROGRAM)
    _write(root, "extracts/members.csv", "member_id,name\nA,Alpha\nB,Beta\nC,Gamma\n")
    _write(root, "extracts/products.csv", "product_id,name\nP,Pad\n")
    _write(root, "extracts/tx-1.csv", HEADER + FIRST_ROWS)


def answer(root: Path) -> None:
    """Let the payer pay one payout and refuse the other."""
    [batch] = (root / "out").glob("export-*")
    with (batch / "payouts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    paid = f"{rows[0]['payout_id']},paid,2026-10-08,{rows[0]['amount']},USD,T1\n"
    refused = f"{rows[1]['payout_id']},rejected,,,,T2\n"
    _write(root, "answers.csv", f"payout_id,status,paid_on,amount,currency,reference\n{paid}{refused}")


def approval_of(kind: str) -> Callable[[Path], list[str]]:
    """Approve the one request of a kind that was made, which has its id by then."""

    def arguments(root: Path) -> list[str]:
        with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as books:
            query = "SELECT DISTINCT subject FROM decisions WHERE starts_with(subject, ?)"
            [(subject,)] = books.execute(query, [kind]).fetchall()
        return ["approve", str(subject), "--by", "bob", "--reason", "agreed", "--yes"]

    return arguments


def _given(text: str) -> Callable[[Path], list[str]]:
    return lambda _: text.split()


ACTS = {
    "first run": Act(_given("run --as-of 2026-10-05 --ahead"), make_workspace),
    "approve": Act(_given("approve --all --by ann --reason checked --yes")),
    "export": Act(_given("export --by bob --as-of 2026-10-06 --yes")),
    "reconcile": Act(_given("reconcile {root}/answers.csv --by erp"), answer),
    "adjust": Act(_given("adjust A deal 2026-Q3 12.50 --reason goodwill --by ann")),
    "approve the adjustment": Act(approval_of("ADJ-")),
    "exclude": Act(_given("adjust --exclude 2 --reason disputed --by ann --yes")),
    "approve the exclusion": Act(approval_of("EXC-")),
    "rekey": Act(_given("rekey --reason renamed --by ann --yes"), lambda root: _write(root, "rebatch.yaml", RENAMED)),
    "night": Act(
        _given("run --as-of 2026-11-02 --ahead"), lambda root: _write(root, "extracts/tx-2.csv", HEADER + LATE_ROWS)
    ),
    "export again": Act(_given("export --by bob --as-of 2026-11-03 --yes")),
    "backup": Act(_given("backup {root}/backup.tar --overwrite")),
    "restore": Act(_given("restore {root}/backup.tar --overwrite")),
}


def travel(scenes: Path) -> None:
    """Go the whole way, leaving a copy of the workspace before each command, and the command."""
    root = scenes / "workspace"
    for name, act in ACTS.items():
        act.bring(root)
        arguments = act.arguments(root)
        shutil.copytree(root, scenes / name, symlinks=True)
        (scenes / f"{name}.json").write_text(json.dumps(arguments), encoding="utf-8")
        whole = ["-w", str(root), *(word.format(root=root) for word in arguments)]
        done = subprocess.run(
            [sys.executable, "-c", "import cli; cli.main()", *whole],
            cwd=ROOT, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, (name, done.stdout, done.stderr)


def _write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
