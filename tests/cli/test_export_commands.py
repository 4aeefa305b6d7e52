"""Export, reconcile and outstanding as a person meets them."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest
import typer

from pipelines.books.decisions import record
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from rules.ledger.decisions import Decision
from schemas.errors import BooksError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch

NEEDS_SOMEBODY = BooksError.exit_code


@pytest.fixture
def approved(booked: Path, tmp_path: Path) -> Path:
    """A workspace with two approved payouts, of 52.00 and 180.00 USD."""
    workspace = open_workspace(shutil.copytree(booked, tmp_path / "w"))
    with connect(workspace) as connection:
        ids = connection.execute("SELECT payout_id FROM payouts").fetchall()
        record(connection, [Decision("approve", payout_id, "approved", "ann") for (payout_id,) in ids])
    return workspace.root


def test_dry_run_shows_and_writes_nothing(approved: Path, rebatch: Rebatch) -> None:
    shown = rebatch("-w", approved, "export", "--dry-run", "--as-of", "2026-12-01")
    assert shown.code == 0
    assert "232.00" in shown.out
    assert not list((approved / "out").glob("export-*"))
    listed = rebatch("-w", approved, "export", "--dry-run", "--json", "--as-of", "2026-12-01").data
    assert listed["exports"] == [{"currency": "USD", "payouts": 2, "amount": "232.0000"}]


def test_count_and_totals_are_shown_before_the_question(
    approved: Path, rebatch: Rebatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def no(question: str, *, abort: bool) -> None:
        asked.append(question)
        raise typer.Abort

    monkeypatch.setattr(typer, "confirm", no)
    shown = rebatch("-w", approved, "export", "--by", "bob")
    assert shown.code == 1
    assert asked == ["Export 2 payouts as bob?"]
    assert "232.00" in shown.out
    assert not list((approved / "out").glob("export-*"))
    monkeypatch.setattr(typer, "confirm", lambda question, *, abort: True)
    assert rebatch("-w", approved, "export", "--by", "bob").code == 0
    assert len(list((approved / "out").glob("export-*"))) == 1


def test_from_export_to_payment(approved: Path, rebatch: Rebatch, tmp_path: Path) -> None:
    first = rebatch("-w", approved, "export", "--yes", "--json", "--by", "bob", "--as-of", "2026-12-01")
    assert [(row["state"], row["payouts"], row["amount"]) for row in first.data["batches"]] == [("new", 2, "232.0000")]
    again = rebatch("-w", approved, "export", "--yes", "--json", "--as-of", "2026-12-24")
    assert [row["state"] for row in again.data["batches"]] == ["exported before"]
    assert again.data["batches"][0]["batch_id"] == first.data["batches"][0]["batch_id"]

    owed = rebatch("-w", approved, "outstanding", "--as-of", "2027-02-01", "--json").data
    assert owed["ageing"] == [{"currency": "USD", "bracket": "31-60", "payouts": 2, "outstanding": "232.0000"}]
    ids = {row["amount"]: row["payout_id"] for row in owed["outstanding"]}
    answers = tmp_path / "answers.csv"
    answers.write_text(
        f"payout_id,status,paid_on,amount,currency,reference\n{ids['52.0000']},paid,2026-12-28,52.00,USD,T-1\n",
        encoding="utf-8",
    )
    paid = rebatch("-w", approved, "reconcile", answers, "--json")
    assert (paid.code, [row["outcome"] for row in paid.data["answers"]]) == (0, ["paid"])
    answers.write_text("payout_id,status,paid_on,amount\nQ,paid,2026-12-28,52.00\n", encoding="utf-8")
    unknown = rebatch("-w", approved, "reconcile", answers)
    assert unknown.code == NEEDS_SOMEBODY
    assert "no payout was exported under this id" in unknown.out
    [doubt] = rebatch("-w", approved, "reconcile", "--json").data["answers"]
    put_aside = ("reconcile", "--dismiss", doubt["answer_id"], "--reason", "a test payment", "--by", "ann")
    done = rebatch("-w", approved, *put_aside, "--json")
    assert (done.code, [row["answer_id"] for row in done.data["dismissed"]]) == (0, [doubt["answer_id"]])
    settled = rebatch("-w", approved, "reconcile", "--json")
    assert (settled.code, [row["outcome"] for row in settled.data["answers"]]) == (0, ["dismissed"])
    again = rebatch("-w", approved, *put_aside)
    assert (again.code, "There already: ann decided so today" in again.out) == (0, True)
    other = rebatch("-w", approved, *put_aside[:-1], "bob")
    assert (other.code, "is dismissed already, by ann: a test payment" in other.err) == (NEEDS_SOMEBODY, True)
    shown = rebatch("-w", approved, "outstanding", "--as-of", "2027-02-01").out
    assert "180.00" in shown
    assert "52.00" not in shown


@pytest.mark.long
def test_status_counts_the_days_to_today_and_as_of_a_run_to_its_day(
    approved: Path, rebatch: Rebatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebatch("-w", approved, "export", "--yes", "--as-of", "2026-12-01")
    assert rebatch("-w", approved, "run", "--as-of", "2026-12-05", "--ahead").code == 0
    monkeypatch.setattr("pipelines.commands.status.today", lambda: date(2026, 12, 31))
    waits = {"currency": "USD", "payouts": 2, "amount": "232.0000", "unaccepted_answers": 0}
    for options, days in ((("--as-of", "2026-12-05"), 4), ((), 30)):
        shown = rebatch("-w", approved, "status", *options, "--json").data["unanswered"]
        assert shown == [waits | {"oldest_days": days}]
    assert "Exported and not yet answered" in rebatch("-w", approved, "status").out


def test_json_asks_nothing(approved: Path, rebatch: Rebatch) -> None:
    assert rebatch("-w", approved, "export", "--json").code == 2


def test_dismissing_takes_a_reason_and_no_file(approved: Path, rebatch: Rebatch, tmp_path: Path) -> None:
    asked = ("--dismiss", "ANS-000000000000")
    for options in (asked, ("--reason", "because"), (*asked, "--reason", "because", tmp_path / "answers.csv")):
        refused = rebatch("-w", approved, "reconcile", *options)
        assert (refused.code, "--dismiss" in refused.err) == (2, True)


def test_a_changed_file_is_said_on_standard_error(approved: Path, rebatch: Rebatch) -> None:
    assert rebatch("-w", approved, "export", "--yes").code == 0
    (folder,) = (approved / "out").glob("export-*")
    (folder / "payouts.csv").write_text("x", encoding="utf-8")
    again = rebatch("-w", approved, "export", "--yes")
    assert again.code == BooksError.exit_code
    assert f"out/{folder.name}/payouts.csv: the file was changed" in again.err


def test_an_unknown_profile(approved: Path, rebatch: Rebatch) -> None:
    found = rebatch("-w", approved, "export", "--profile", "sapp", "--yes")
    assert found.code == 3
    assert "did you mean 'sap'" in found.err
