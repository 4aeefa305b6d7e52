from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.books.runs import Run
from pipelines.calculation.aggregate import aggregate
from pipelines.commands.options import today
from pipelines.workspace.configuration import open_workspace
from schemas.errors import (
    BooksError,
    ExtractError,
    InvariantError,
    RuleError,
    TerminalError,
    UncheckedError,
    WorkspaceError,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch

pytestmark = pytest.mark.sampled(4, of="module")

STAGES = ["extract", "stage", "aggregate", "rate", "settle", "post", "publish"]


@pytest.fixture
def books(booked: Path, tmp_path: Path) -> Path:
    """A copy of the booked workspace, to tamper with."""
    return shutil.copytree(booked, tmp_path / "books")


def _change(root: Path, statement: str) -> None:
    with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
        connection.execute(statement)


def test_run_says_what_every_stage_did(rebatch: Rebatch, sample: Path) -> None:
    shown = rebatch("-w", sample, "run", "--as-of", "2026-11-23", "--json")
    assert (shown.code, shown.err) == (0, "")
    stages = shown.data["stages"]
    assert [row["stage"] for row in stages] == STAGES
    assert stages[1]["read"] == stages[1]["loaded"] + stages[1]["rejected"] > 0
    assert stages[5]["postings"] > 0


def test_a_slip_in_a_rule_is_told_before_any_extract_is_read(rebatch: Rebatch, sample: Path) -> None:
    (rules,) = (sample / "rules").glob("*.yaml")
    rules.write_text(rules.read_text(encoding="utf-8").replace("method:", "methid:"), encoding="utf-8")
    shown = rebatch("-w", sample, "run", "--as-of", "2026-11-23")
    assert shown.code == RuleError.exit_code
    assert f"{rules.name}:" in shown.err
    assert "methid" in shown.err
    assert not (sample / "landing").exists()
    assert not (sample / "warehouse.duckdb").exists()


@pytest.mark.long
def test_a_run_of_the_last_day_says_what_ends_and_when_it_is_settled(rebatch: Rebatch, sample: Path) -> None:
    """The sample pays every quarter."""
    (rules,) = (sample / "rules").glob("*.yaml")
    rules.write_text(f"grace_days: 5\n{rules.read_text(encoding='utf-8')}", encoding="utf-8")
    assert "period_ends" not in rebatch("-w", sample, "run", "--as-of", "2026-09-29", "--json").data
    ends = {
        "program": "volume-bonus-2026",
        "rebate": "quarterly-volume",
        "period": "2026-Q3",
        "ends_on": "2026-09-30",
        "settles_from": "2026-10-06",
    }
    assert rebatch("-w", sample, "run", "--as-of", "2026-09-30", "--json").data["period_ends"] == [ends]
    assert rebatch("-w", sample, "run", "--as-of", "2026-10-05", "--json").data["stages"][4]["postings"] == 0
    settled = rebatch("-w", sample, "run", "--as-of", "2026-10-06", "--json").data
    assert settled["stages"][4]["postings"] == 2
    assert "period_ends" not in settled


def test_run_again_posts_nothing(rebatch: Rebatch, books: Path) -> None:
    before = {path: path.read_bytes() for path in (books / "out").rglob("*") if path.is_file()}
    stages = rebatch("-w", books, "run", "--as-of", "2026-11-23", "--json").data["stages"]
    assert stages[0]["new_files"] == 0
    assert stages[4]["postings"] == 0
    assert {path: path.read_bytes() for path in (books / "out").rglob("*") if path.is_file()} == before


def test_a_dry_run_shows_what_would_be_posted(rebatch: Rebatch, sample: Path) -> None:
    shown = rebatch("-w", sample, "run", "--dry-run", "--as-of", "2026-11-23")
    assert shown.code == 0
    assert "nothing was changed" in shown.out
    assert "232.00" in shown.out
    assert not (sample / "warehouse.duckdb").exists()
    told = rebatch("-w", sample, "run", "--dry-run", "--as-of", "2026-11-23", "--json").data
    assert [(row["member_id"], row["amount"]) for row in told["members"]] == [
        ("D-002", "180.0000"),
        ("D-001", "52.0000"),
    ]


def test_run_as_of_an_earlier_day_is_refused(rebatch: Rebatch, books: Path) -> None:
    shown = rebatch("-w", books, "run", "--as-of", "2026-01-01")
    assert shown.code == BooksError.exit_code
    assert "2026-11-23" in shown.err


def test_a_mistyped_year_does_not_lock_the_books(rebatch: Rebatch, books: Path) -> None:
    ahead = str(today() + timedelta(days=365))
    shown = rebatch("-w", books, "run", "--as-of", ahead)
    assert shown.code == BooksError.exit_code
    assert ahead in shown.err
    assert "--ahead" in shown.err
    assert rebatch("-w", books, "run").code == 0
    assert rebatch("-w", books, "run", "--as-of", ahead, "--ahead").code == 0
    assert rebatch("-w", books, "status", "--json").data["runs"][0]["as_of"] == ahead


@pytest.mark.parametrize("command", [["run"], ["status"], ["export", "--yes"], ["status", "--as-of", "2026-11-23"]])
def test_no_workspace_is_guessed(
    rebatch: Rebatch, command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line of a crontab runs in a home folder: without a name it must not run other books and say all is well."""
    monkeypatch.chdir(tmp_path)
    shown = rebatch(*command)
    assert shown.code == WorkspaceError.exit_code
    assert shown.out == ""
    for way in ("rebatch -w DIR", "REBATCH_WORKSPACE=DIR", "its folder", "rebatch init DIR"):
        assert way in shown.err


def test_a_workspace_is_this_folder_or_named(
    rebatch: Rebatch, books: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("status", "--json")
    monkeypatch.chdir(tmp_path)
    named = rebatch("-w", "books", *asked).data
    monkeypatch.setenv("REBATCH_WORKSPACE", "books")
    by_variable = rebatch(*asked).data
    monkeypatch.delenv("REBATCH_WORKSPACE")
    monkeypatch.chdir(books)
    assert rebatch(*asked).data == named == by_variable


def test_run_without_a_date_is_of_today(rebatch: Rebatch, sample: Path) -> None:
    assert rebatch("-w", sample, "run").code == 0
    assert rebatch("-w", sample, "status", "--json").data["runs"][0]["as_of"] >= "2026-11-23"


def test_status_shows_every_part_of_the_books(rebatch: Rebatch, booked: Path) -> None:
    shown = rebatch("-w", booked, "status", "--json")
    assert shown.code == 0
    assert list(shown.data) == ["runs", "loads", "entitlements", "posted", "payouts", "unanswered", "open_rejects"]
    assert shown.data["runs"][0]["state"] == "published"
    posted = sum(Decimal(row["amount"]) for row in shown.data["posted"])
    assert posted == sum(Decimal(row["amount"]) for row in shown.data["payouts"]) > 0
    assert posted == sum(Decimal(row["settled"]) for row in shown.data["entitlements"])
    assert "Payouts" in rebatch("-w", booked, "status").out


@pytest.mark.parametrize("command", ["status", "verify", "rejects"])
def test_before_the_first_run_there_is_nothing_to_show(rebatch: Rebatch, sample: Path, command: str) -> None:
    shown = rebatch("-w", sample, command)
    assert shown.code == TerminalError.exit_code
    assert "rebatch run" in shown.err


def test_explain_goes_down_to_the_transactions_and_the_clause(rebatch: Rebatch, booked: Path) -> None:
    shown = rebatch("-w", booked, "explain", "D-001", "volume-bonus-2026", "2026-Q3", "--json")
    assert shown.code == 0
    [clause] = shown.data["clauses"]
    assert clause["clause"] == "Sample agreement, clause 1"
    [entitled] = shown.data["entitlements"]
    transactions = [row for row in shown.data["transactions"] if row["counts_as"] == "measure"]
    assert sum(Decimal(row["amount"]) for row in transactions) == Decimal(entitled["measure"]) > 0
    assert Decimal(entitled["measure"]) * Decimal(entitled["rate"]) == Decimal(entitled["unrounded"])
    assert sum(Decimal(row["amount"]) for row in shown.data["postings"]) == Decimal(entitled["amount"])
    assert all(row["file"].startswith("extracts/transactions.csv:") for row in transactions)


def test_explain_of_a_year_shows_its_quarters(rebatch: Rebatch, booked: Path) -> None:
    periods = rebatch("-w", booked, "explain", "D-001", "volume-bonus-2026", "2026", "--json").data["entitlements"]
    assert "2026-Q3" in {row["period"] for row in periods}


@pytest.mark.parametrize(
    ("member", "program", "period", "hint"),
    [
        ("D-001", "volume-bonus-2026", "2031", "2026-Q3"),
        ("D-001", "nonsense", "2026-Q3", "volume-bonus-2026"),
        ("'; DROP TABLE ledger; --", "nonsense", "2026-Q3", "check the id"),
    ],
)
def test_explain_says_what_may_be_asked(
    rebatch: Rebatch, booked: Path, member: str, program: str, period: str, hint: str
) -> None:
    shown = rebatch("-w", booked, "explain", member, program, period)
    assert shown.code == BooksError.exit_code
    assert hint in shown.err


def test_sound_books_hold(rebatch: Rebatch, booked: Path) -> None:
    shown = rebatch("-w", booked, "verify", "--json")
    assert shown.code == 0
    assert {row["result"] for row in shown.data["checks"]} == {"holds"}
    assert len(shown.data["checks"]) >= 11


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE ledger SET amount = amount + 0.01 WHERE seq = 1", "the_chain_is_whole"),
        ("DELETE FROM ledger WHERE seq = 1", "the_chain_is_whole"),
        ("UPDATE payout_drafts SET amount = amount + 0.01", "payouts_equal_their_postings"),
        ("UPDATE rule_versions SET text = text || ' '", "every_rule_text_is_unchanged"),
        ("DELETE FROM rule_versions", "every_posting_has_its_rule_text"),
        ("UPDATE loads SET rows_loaded = rows_loaded - 1 WHERE load_seq = 1", "every_row_is_accounted_for"),
    ],
)
def test_a_planted_change_is_found(rebatch: Rebatch, books: Path, statement: str, broken: str) -> None:
    _change(books, statement)
    shown = rebatch("-w", books, "verify", "--json")
    assert shown.code == InvariantError.exit_code
    assert shown.data[broken]
    assert "BROKEN" in {row["result"] for row in shown.data["checks"]}


def _published(root: Path) -> Path:
    [folder] = [path for path in (root / "out").iterdir() if path.is_dir()]
    return folder


def test_a_changed_missing_or_foreign_file_is_found(rebatch: Rebatch, books: Path) -> None:
    folder = _published(books)
    changed = folder / "payouts.csv"
    changed.write_bytes(changed.read_bytes().replace(b"1", b"2", 1))
    (folder / "payout_lines.csv").unlink()
    (folder / "extra.csv").touch()
    shown = rebatch("-w", books, "verify", "--json")
    assert shown.code == InvariantError.exit_code
    found = {row["file"]: row["found"] for row in shown.data["every_published_file_is_unchanged"]}
    assert found == {
        "payouts.csv": "was changed",
        "payout_lines.csv": "is missing",
        "extra.csv": "was not written by the run",
    }


@pytest.mark.parametrize("content", [None, b"{", b"[]"])
def test_a_manifest_that_is_gone_or_broken_is_found(rebatch: Rebatch, books: Path, content: bytes | None) -> None:
    manifest = _published(books) / "manifest.json"
    manifest.unlink()
    if content is not None:
        manifest.write_bytes(content)
    shown = rebatch("-w", books, "verify", "--json")
    assert shown.code == InvariantError.exit_code
    assert [row["file"] for row in shown.data["every_published_file_is_unchanged"]] == ["manifest.json"]


def test_verify_of_an_interrupted_run_neither_cries_wolf_nor_calls_it_well(rebatch: Rebatch, books: Path) -> None:
    aggregate(open_workspace(books), Run(date(2026, 11, 24)))
    _change(books, "UPDATE work.entitlements SET amount = amount + 1")
    shown = rebatch("-w", books, "verify", "--json")
    assert shown.code == UncheckedError.exit_code
    assert "not everything was checked" in shown.err
    assert {row["result"] for row in shown.data["checks"]} == {
        "holds",
        "not checked: the last run did not finish",
    }


def test_rejects_are_listed_with_all_that_is_needed_to_mend_them(rebatch: Rebatch, sample: Path) -> None:
    path, config = sample / "extracts" / "transactions.csv", sample / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("rejects: 1%", "rejects: 50%"), encoding="utf-8")
    rows = path.read_text(encoding="utf-8").splitlines()
    broken = rows[1].replace("T-0001", "T-X").replace("1600.00", "1e3")
    path.write_text("\n".join([*rows, broken, ""]), encoding="utf-8")
    assert rebatch("-w", sample, "run", "--as-of", "2026-11-23").code == 0
    [row] = rebatch("-w", sample, "rejects", "--json").data["rejects"]
    assert row["file"] == "extracts/transactions.csv"
    assert row["line"] == len(rows) + 1
    assert row["column"] == "amount"
    assert row["value"] == "1e3"
    assert "T-X" in row["original"]
    assert row["todo"]
    assert row["is_resolved"] is False
    shown = rebatch("-w", sample, "rejects").out
    assert "extracts/transactions.csv:9" in shown
    assert row["todo"] in " ".join(shown.split())  # long texts are wrapped
    [as_csv] = csv.DictReader(io.StringIO(rebatch("-w", sample, "rejects", "--csv").out))
    assert as_csv["original"] == row["original"]
    assert rebatch("-w", sample, "rejects", "--data-set", "members", "--json").data["rejects"] == []


def test_json_of_every_table_is_json(rebatch: Rebatch, booked: Path) -> None:
    for command in (["status"], ["verify"], ["rejects"], ["check"]):
        assert json.loads(rebatch("-w", booked, *command, "--json").out)


def test_the_wordings_that_were_run_are_listed(rebatch: Rebatch, booked: Path) -> None:
    shown = rebatch("-w", booked, "rules", "--json")
    assert shown.code == 0
    [wording] = shown.data["rules"]
    assert (wording["program"], wording["calendar"], wording["in_force"]) == ("volume-bonus-2026", "gregorian", True)
    assert wording["first_run"] == wording["last_run"]
    assert wording["known_on"] == wording["first_run"][:10]


def test_a_dry_run_that_meets_a_refused_file_shows_the_rest_and_ends_as_the_run_would(
    rebatch: Rebatch, sample: Path
) -> None:
    extract = sample / "extracts" / "transactions.csv"
    extract.write_text(extract.read_text(encoding="utf-8").replace("1600.00", "1.600.00"), encoding="utf-8")
    shown = rebatch("-w", sample, "run", "--dry-run", "--as-of", "2026-11-23")
    assert shown.code == ExtractError.exit_code
    assert "extracts/members.csv" in shown.out
    assert "extracts/transactions.csv:2: not a number in amount" in shown.err
    assert rebatch("-w", sample, "run", "--as-of", "2026-11-23").code == ExtractError.exit_code
