from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipelines.books.runs import Run
from pipelines.calculation.aggregate import aggregate
from pipelines.calculation.post import post
from pipelines.calculation.rate import rate
from pipelines.calculation.settle import settle
from pipelines.publish import draft, statement_files
from pipelines.publish import publish as publishing
from pipelines.publish.publish import publish
from pipelines.publish.read_back import check_written
from pipelines.warehouse.connection import connect
from pipelines.warehouse.data_tables import make_tables
from pipelines.warehouse.frames import append
from pipelines.workspace.configuration import Workspace, create_workspace, open_workspace
from pipelines.workspace.folders import write_file
from reports.erp.manifest import FileRecord
from reports.statement.detail import Most
from reports.statement.summary import MOST_POSITIONS
from schemas.errors import BooksError, InvariantError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sampled(3, of="module")

HOSTILE = "../;'\"<b>🚗髙𠮷"
AS_OF = Run(date(2026, 11, 23))
RULES = """
program: growth
title: {en: Dealer growth, ja: 成長プログラム}
reference: "RP-1; clause \\"3\\""
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
pay_to: payee
rebates:
  quarterly:
    title: {en: Quarterly rebate}
    period: quarter
    settle: quarter
    measure: revenue
    method: all_units
    tiers:
      - {from: 1000, rate: 2%}
      - {from: 5000, rate: 3%}
  yearly:
    reference: clause 4
    period: year
    settle: quarter
    measure: quantity
    unit: piece
    method: marginal
    tiers:
      - {from: 0, rate: 0.10 per piece}
      - {from: 500, rate: 0.25 per piece}
"""
MEMBERS = [
    {"member_id": "D-1", "name": "Bean & Sons, Ltd", "language": "en"},
    {"member_id": HOSTILE, "name": "髙橋部品", "language": "ja", "payee_id": HOSTILE},
    {"member_id": "D-3", "name": "Branch", "payee_id": "D-1"},
]
SALES = [
    ("T-1", "D-1", date(2026, 2, 3), "4000.00", 100),
    ("T-2", "D-1", date(2026, 8, 9), "5000.00", 200),
    ("T-3", "D-3", date(2026, 8, 10), "1500.50", 30),
    ("T-4", HOSTILE, date(2026, 11, 2), "900.00", 90),
    ("T-5", HOSTILE, date(2026, 9, 2), "1234.56", 450),
]


def load(workspace: Workspace, load_seq: int, data_set: str, rows: list[dict[str, Any]]) -> None:
    """Put rows into the warehouse as a load would."""
    kept = [
        {**row, "source": "main", "row_key": f"{load_seq}-{line}", "load_seq": load_seq, "line": line}
        for line, row in enumerate(rows, start=2)
    ]
    amount = sum((row.get("amount", Decimal(0)) for row in rows), Decimal(0))
    zeros = dict.fromkeys(("duplicate", "superseded", "rejected"), 0)
    counts = {"read": len(rows), "loaded": len(rows), **zeros}
    entry = {
        "load_seq": load_seq, "data_set": data_set, "source": "main", "path": f"extracts/{data_set}.csv",
        "sha256": f"{load_seq:064}", "bytes": 1, "format": "csv", "values_rounded": 0, "loaded_at": date(2026, 11, 23),
        **{f"rows_{name}": count for name, count in counts.items()},
        **{f"amount_{name}": amount if count else Decimal(0) for name, count in counts.items()},
    }  # fmt: skip
    with connect(workspace) as connection:
        make_tables(connection)
        append(connection, data_set, pl.DataFrame(kept, infer_schema_length=None))
        append(connection, "loads", pl.DataFrame([entry]))


def sales(*rows: tuple[str, str, date, str, int]) -> list[dict[str, Any]]:
    return [
        {
            "transaction_id": transaction_id, "member_id": member_id, "product_id": "P-1", "activity_date": on,
            "received_on": on, "type": "sale", "quantity": Decimal(quantity), "unit": "piece",
            "amount": Decimal(amount), "currency": "USD",
        }
        for transaction_id, member_id, on, amount, quantity in rows
    ]  # fmt: skip


def run(workspace: Workspace, asked: Run = AS_OF) -> dict[str, int | str]:
    for stage in (aggregate, rate, settle, post):
        stage(workspace, asked)
    return publish(workspace, asked).counts


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return a workspace with two payees, one of them hostile, one with a branch."""
    made = create_workspace(tmp_path / "workspace")
    for sample in made.rules_dir.iterdir():
        sample.unlink()
    (made.rules_dir / "growth.yaml").write_text(RULES, encoding="utf-8")
    load(made, 1, "members", MEMBERS)
    load(made, 2, "products", [{"product_id": "P-1", "name": "Brake <pads>", "category": "brakes", "unit": "piece"}])
    load(made, 3, "transactions", sales(*SALES))
    return open_workspace(made.root)


def folder_of(workspace: Workspace) -> Path:
    (folder,) = workspace.out_dir.iterdir()
    return folder


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def statement_of(workspace: Workspace, slug: str) -> str:
    newest = max(workspace.out_dir.iterdir(), key=lambda folder: folder.name)
    (path,) = newest.glob(f"statements/{slug}-*.html")
    return path.read_text(encoding="utf-8")


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_payouts_lines_statements_and_manifest(workspace: Workspace) -> None:
    counts = run(workspace)
    folder = folder_of(workspace)
    assert (counts["files"], counts["lines"], counts["statements"], counts["state"]) == (9, 7, 2, "new")
    assert counts["folder"] == f"out/{folder.name}"
    payouts = rows_of(folder, "payouts.csv")
    assert [(row["payee_id"], row["payee_name"], row["amount"], row["lines"]) for row in payouts] == [
        (HOSTILE, "髙橋部品", "69.69", "2"),
        ("D-1", "Bean & Sons, Ltd", "293.01", "5"),
    ]
    lines = rows_of(folder, "payout_lines.csv")
    assert {(row["rebate"], row["reference"]) for row in lines} == {
        ("quarterly", 'RP-1; clause "3"'),
        ("yearly", "clause 4"),
    }


def test_the_manifest_says_what_the_ledger_says(workspace: Workspace) -> None:
    run(workspace)
    folder = folder_of(workspace)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["files"]:
        content = (folder / entry["path"]).read_bytes()
        assert (entry["sha256"], entry["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
    totals = {entry["path"]: entry["control_totals"] for entry in manifest["files"]}
    assert totals["payouts.csv"] == totals["payout_lines.csv"] == {"USD": "362.70"}
    assert set(manifest["statements"]) == {"D-1", HOSTILE}
    assert totals[manifest["statements"]["D-1"]] == {"USD": "293.01"}
    assert set(totals) | {"manifest.json"} == set(content_of(folder))


def test_statements_show_both_members_of_a_payee(workspace: Workspace) -> None:
    run(workspace)
    folder = folder_of(workspace)
    paths = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["statements"]
    page = (folder / paths["D-1"]).read_text(encoding="utf-8")
    assert "Brake &lt;pads&gt;" in page
    assert '<span class="member">Branch</span>' in page
    assert "T-3" in page
    assert "T-4" not in page
    assert "T-1" in page  # the year is running
    japanese = (folder / paths[HOSTILE]).read_text(encoding="utf-8")
    assert "成長プログラム" in japanese
    assert "第1段階まであと$100.00" in japanese


@pytest.mark.long
def test_long_lists_are_added_up_and_the_rest_lies_beside(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a position ten lines at most: the quarter is listed by day, the year by month."""
    often = [(f"{HOSTILE}{n}", "D-1", date(2026, 10, 1 + n % 5), "0.25", 2) for n in range(31)]
    often += [(f"=S-{n}", "D-1", date(2026, 1 + n % 9, 5), "1.50", 1) for n in range(9)]
    load(workspace, 4, "transactions", sales(*often))
    monkeypatch.setattr(publishing, "MOST", Most(10, 28))
    monkeypatch.setattr(statement_files, "ROWS", 7)  # every file is written from several parts
    run(workspace)
    folder = folder_of(workspace)
    page = statement_of(workspace, "d-1")
    [rest] = set(re.findall(r'href="(d-1-[0-9a-f]{12}-transactions\.csv)"', page))
    assert "Transactions that count: 31" in page
    lists = re.findall(r"<details.*?</details>", page, re.DOTALL)
    lines = {of: re.findall(r"<td>([^<]*)</td><td>Transactions: (\d+)<.*?<td>([\d,.]+) pieces?", of) for of in lists}
    by_day = next(found for found in lines.values() if found and found[0][0].startswith("Oct 1,"))
    assert [(day, count) for day, count, _ in by_day] == [
        ("Oct 1, 2026", "7"), *((f"Oct {n}, 2026", "6") for n in range(2, 6)),
    ]  # fmt: skip
    by_month = next(found for found in lines.values() if any(day == "October 2026" for day, *_ in found))
    assert sum(int(count) for _, count, _ in by_month) == 42
    rows = rows_of(folder / "statements", rest)
    listed = Counter(name for row in rows for name in row["counts_for"].split("; "))
    # The first quarter is a line: its sales stand here alone.
    assert listed == {
        "growth/quarterly 2026-Q4": 31, "growth/yearly 2026": 42, "growth/quarterly 2026-Q1": 4,
        # What the page lists is in the file too, which has all or is not there.
        "growth/quarterly 2026-Q3": 4, "growth/quarterly 2026-Q3 (D-3)": 1, "growth/yearly 2026 (D-3)": 1,
    }  # fmt: skip
    keys = [row["transaction_id"] for row in rows]
    assert len(keys) == len(set(keys))
    assert {row["transaction_id"][:2] for row in rows} >= {"'=", "..", "T-"}
    yearly = [row for row in rows if "growth/yearly 2026" in row["counts_for"].split("; ")]
    quantities = sum(Decimal(row["quantity"]) for row in yearly)
    assert quantities == sum(Decimal(quantity.replace(",", "")) for *_, quantity in by_month) == 371
    [entry] = [file for file in json.loads((folder / "manifest.json").read_text())["files"] if rest in file["path"]]
    found = hashlib.sha256((folder / entry["path"]).read_bytes()).hexdigest()
    assert (entry["rows"], entry["sha256"]) == (len(rows), found)
    assert stat.S_IMODE((folder / entry["path"]).stat().st_mode) == 0o600
    assert run(workspace)["state"] == "published before, unchanged"


def test_a_payee_of_many_members_reads_sums_and_finds_each_of_them_beside(workspace: Workspace) -> None:
    stores = [{"member_id": f"S-{n}", "name": f"Store {n}", "payee_id": "D-1"} for n in range(MOST_POSITIONS)]
    load(workspace, 4, "members", stores)
    sold = sales(*((f"X-{n}", f"S-{n}", date(2026, 8, 9), "1000.00", 10 + n) for n in range(MOST_POSITIONS)))
    load(workspace, 5, "transactions", sold)
    run(workspace)
    folder, page = folder_of(workspace), statement_of(workspace, "d-1")
    [positions] = folder.glob("statements/d-1-*-rebates.csv")
    rows = rows_of(folder / "statements", positions.name)
    assert positions.name in page
    quarter = [row for row in rows if (row["rebate"], row["period"]) == ("quarterly", "2026-Q3")]
    assert len(quarter) == MOST_POSITIONS + 2
    assert len({(row["rebate"], row["period"], row["member_id"]) for row in rows}) == len(rows)
    [entry] = [
        file for file in json.loads((folder / "manifest.json").read_text())["files"] if positions.name in file["path"]
    ]
    assert (entry["rows"], stat.S_IMODE(positions.stat().st_mode)) == (len(rows), 0o600)
    earned = sum(Decimal(row["posted_now"]) for row in rows)
    assert f"{earned:,.2f}" in page
    # Of what is added up no transaction stands on the page; each is in the other file.
    [rest] = folder.glob("statements/d-1-*-transactions.csv")
    beside = {row["transaction_id"]: row["counts_for"] for row in rows_of(folder / "statements", rest.name)}
    assert {beside[f"X-{n}"].split(" ")[0] for n in range(MOST_POSITIONS)} == {"growth/quarterly"}
    assert ">X-1<" not in page


def test_files_are_private(workspace: Workspace) -> None:
    run(workspace)
    for path in (folder_of(workspace), *folder_of(workspace).rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_same_books_again_leave_the_same_bytes(workspace: Workspace) -> None:
    run(workspace)
    before = {path: path.stat().st_mtime_ns for path in workspace.out_dir.rglob("*")}
    counts = run(workspace)
    assert counts["state"] == "published before, unchanged"
    assert {path: path.stat().st_mtime_ns for path in workspace.out_dir.rglob("*")} == before
    content = content_of(folder_of(workspace))
    folder_of(workspace).rename(workspace.root / "aside")
    run(workspace)
    assert content_of(folder_of(workspace)) == content


@pytest.mark.long
def test_published_files_that_were_changed_are_refused_by_name(workspace: Workspace) -> None:
    run(workspace)
    payouts = folder_of(workspace) / "payouts.csv"
    payouts.write_bytes(payouts.read_bytes().replace(b"293.01", b"293.02"))
    with pytest.raises(BooksError, match=r"payouts\.csv"):
        run(workspace)
    assert b"293.02" in payouts.read_bytes()


def test_a_late_row_is_named_with_its_period_in_the_next_run(workspace: Workspace) -> None:
    run(workspace)
    late = ("T-9", "D-1", date(2026, 8, 30), "1000.00", 10)
    load(workspace, 4, "transactions", [row | {"received_on": date(2026, 12, 1)} for row in sales(late)])
    counts = run(workspace, Run(date(2026, 12, 5)))
    folder = workspace.root / str(counts["folder"])
    lines = rows_of(folder, "payout_lines.csv")
    assert {(row["kind"], row["rebate"], row["period"], row["amount"]) for row in lines} == {
        ("restatement", "quarterly", "2026-Q3", "30.00"),
        ("restatement", "yearly", "2026", "1.00"),
    }
    page = next((folder / "statements").glob("d-1-*")).read_text(encoding="utf-8")
    assert "Correction of an earlier settlement" in page
    assert "Q3 2026: $30.00, because" in page
    assert "T-9" in page


def test_a_name_that_would_run_stands_as_text_and_stops_nobody(workspace: Workspace) -> None:
    load(workspace, 5, "members", [{"member_id": "D-9", "name": "=cmd()", "payee_id": "D-9"}])
    load(workspace, 6, "transactions", sales(("T-9", "D-9", date(2026, 8, 30), "1000.00", 10)))
    run(workspace)
    [payouts] = workspace.out_dir.glob("*/payouts.csv")
    assert "D-9,'=cmd()," in payouts.read_text(encoding="utf-8")
    with connect(workspace, read_only=True) as connection:
        assert connection.sql("SELECT name FROM members WHERE member_id = 'D-9'").fetchall() == [("=cmd()",)]


@pytest.mark.long
def test_a_full_disk_leaves_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(draft, "write_file", full)
    with pytest.raises(StorageError, match="No space left"):
        run(workspace)
    assert list(workspace.out_dir.iterdir()) == []
    monkeypatch.undo()
    assert run(workspace)["state"] == "new"


def test_a_file_that_was_not_written_as_rendered_is_never_published(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_a_cent(folder: Path, name: str, content: bytes) -> None:
        write_file(folder, name, content.replace(b"293.01", b"293.00") if name == "payouts.csv" else content)

    monkeypatch.setattr(draft, "write_file", lose_a_cent)
    with pytest.raises(InvariantError) as caught:
        run(workspace)
    found = str(caught.value)
    assert "not the one that was written" in found
    assert "the total in USD is 362.69" in found
    assert "is 293.00, its lines add up to 293.01" in found
    assert list(workspace.out_dir.iterdir()) == []


@pytest.mark.parametrize("ledger", [{"JPY": Decimal(6)}, {"JPY": Decimal(5), "USD": Decimal(1)}, {}])
def test_totals_other_than_the_ledgers_are_refused(tmp_path: Path, ledger: dict[str, Decimal]) -> None:
    for name in ("payouts.csv", "payout_lines.csv"):
        (tmp_path / name).write_text("payout_id,amount,currency\r\na,5,JPY\r\n")
    (tmp_path / "s").write_bytes(b"")
    stated = [FileRecord.of("s", b"", rows=0, totals={"JPY": "5"}, payee_id="D-1")]
    check_written(tmp_path, stated, {"JPY": Decimal(5)})
    with pytest.raises(InvariantError, match="that of the ledger"):
        check_written(tmp_path, stated, ledger)
    with pytest.raises(InvariantError, match="statements: the total in JPY is 0"):
        check_written(tmp_path, [], {"JPY": Decimal(5)})


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from pipelines.publish import draft, statement_files
from pipelines.publish import publish as publishing
from pipelines.books.runs import Run
from pipelines.workspace.configuration import open_workspace
publishing.publish_folder = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
publishing.publish(open_workspace(Path(sys.argv[1])), Run(date(2026, 11, 23)))
"""


@pytest.mark.long
def test_a_kill_before_the_rename_leaves_no_half_folder(workspace: Workspace) -> None:
    for stage in (aggregate, rate, settle, post):
        stage(workspace, AS_OF)
    environment = os.environ | {"PYTHONPATH": "."}
    killed = subprocess.run([sys.executable, "-c", KILLED, str(workspace.root)], check=False, env=environment)
    assert killed.returncode == -signal.SIGKILL
    (draft,) = workspace.out_dir.iterdir()
    assert draft.name.startswith(".rebatch-draft-")
    publish(workspace, AS_OF)
    assert f".rebatch-draft-{folder_of(workspace).name}" == draft.name
