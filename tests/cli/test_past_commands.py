"""The commands that look back: replay, changes, and the books as of a run."""

from __future__ import annotations

import json
import re
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from schemas.errors import BooksError, InvariantError
from tests.pipelines.history import DAYS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch
    from tests.pipelines.history import History

pytestmark = pytest.mark.sampled(2, of="module")


@pytest.fixture
def past(past_books: History) -> History:
    return past_books


def test_replay_says_equal_without_configuration_rules_and_extracts(
    rebatch: Rebatch, past: History, tmp_path: Path
) -> None:
    bare = past.copy(tmp_path / "bare").root
    for name in ("rules", "extracts"):
        shutil.rmtree(bare / name)
    (bare / "rebatch.yaml").unlink()
    run_id = past.runs()[0]
    shown = rebatch("-w", bare, "replay", run_id, "--to", tmp_path / "again", "--json")
    assert (shown.code, shown.err) == (0, "")
    [row] = shown.data["replay"]
    assert (row["run_id"], row["result"]) == (run_id, "equal")
    assert (tmp_path / "again" / "payouts.csv").read_bytes() == (bare / "out" / run_id / "payouts.csv").read_bytes()
    assert rebatch("-w", bare, "verify").code == 0


def test_replay_ends_with_an_error_when_something_differs(rebatch: Rebatch, past: History, tmp_path: Path) -> None:
    books = past.copy(tmp_path / "books")
    path = books.root / "out" / books.runs()[0] / "payouts.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    shown = rebatch("-w", books.root, "replay", DAYS[0], "--json")
    assert shown.code == InvariantError.exit_code
    assert shown.data["differences"] == [{"what": "payouts.csv", "found": "differs from what was published"}]


@pytest.mark.long
def test_status_as_of_a_run_is_what_it_said_then(rebatch: Rebatch, past: History) -> None:
    """After each run, and long after it: all but when a folder was published."""
    later = {day: rebatch("-w", past.root, "status", "--as-of", day, "--json").data for day in DAYS}
    assert [len(later[day]["runs"]) for day in DAYS] == [1, 2, 3, 4, 5, 6]
    now = rebatch("-w", past.root, "status", "--json").data
    assert later[DAYS[-1]] == now
    first = later[DAYS[0]]
    assert [row["amount"] for row in first["payouts"]] == ["150.0000"]
    assert sum(Decimal(row["amount"]) for row in first["posted"]) == 150
    assert {row["data_set"]: row["files"] for row in first["loads"]} == {"members": 1, "products": 1, "transactions": 1}
    assert first["open_rejects"]


def test_payouts_as_of_a_run_are_those_it_drafted(rebatch: Rebatch, past: History) -> None:
    def listed(*options: str) -> list[tuple[str, ...]]:
        rows = rebatch("-w", past.root, "payouts", *options, "--json").data["payouts"]
        return [(row["payee_id"], row["period"], row["amount"], row["status"]) for row in rows]

    assert listed("--as-of", DAYS[0]) == [("A", "2026-04", "100.0000", "draft"), ("Z", "2026-04", "50.0000", "draft")]
    before, after = listed("--as-of", DAYS[4]), listed("--as-of", DAYS[5])
    assert ("A", "2026-04", "100.0000", "draft") in before
    assert ("A", "2026-04", "100.0000", "approved") in after
    assert after == listed()


def test_explain_as_of_a_run_says_what_counted_then(rebatch: Rebatch, past: History) -> None:
    def explained(*options: str) -> tuple[str, list[str], list[str | None]]:
        data = rebatch("-w", past.root, "explain", "B", "deal", "2026-Q1", *options, "--json").data
        [entitled] = data["entitlements"]
        counted = [row["amount"] for row in data["transactions"]]
        return entitled["amount"], counted, [row["cause"] for row in data["postings"]]

    assert explained("--as-of", DAYS[0]) == ("50.0000", ["500.0000"], [None])
    assert explained("--as-of", past.runs()[1]) == ("45.0000", ["450.0000"], [None, "corrected"])
    assert explained("--as-of", DAYS[3])[0] == explained()[0] == "90.0000"
    assert explained()[2] == [None, "corrected", "rule_change", "data", None]


def test_a_panel_as_of_a_run_is_what_it_said_then(rebatch: Rebatch, past: History) -> None:
    def shown(*options: str) -> tuple[list[str], list[str]]:
        data = rebatch("-w", past.root, "panel", "Z", *options, "--json").data
        return [row["earned"] for row in data["closed"]], [row["amount"] for row in data["payouts"]]

    first = shown("--as-of", DAYS[0])
    assert first == (["50.0000"], ["50.0000"])
    assert shown("--as-of", DAYS[-1]) == shown() != first
    refused = rebatch("-w", past.root, "panel", "Z", "--as-of", DAYS[0], "--if", "quantity +1 of P by B in 2026-12")
    assert refused.code == 2
    assert "leave out --as-of" in refused.err


@pytest.mark.long
def test_a_dashboard_as_of_a_run_adds_up_what_was_posted_by_then(
    rebatch: Rebatch, past: History, tmp_path: Path
) -> None:
    def posted(name: str, *options: str) -> tuple[bytes, int]:
        page = tmp_path / name
        assert rebatch("-w", past.root, "dashboard", "-o", page, *options).code == 0
        [data] = re.findall(rb'<script type="application/json" id="data">(.*?)</script>', page.read_bytes())
        return page.read_bytes(), sum(json.loads(data)["frames"]["posted"]["amount"])

    assert posted("first.html", "--as-of", DAYS[0])[1] == 150_00
    assert posted("last.html", "--as-of", DAYS[-1]) == posted("now.html")


@pytest.mark.parametrize("command", [["status", "--as-of"], ["replay"], ["changes", "--since"]])
def test_a_run_that_is_not_known_is_named(rebatch: Rebatch, past: History, command: list[str]) -> None:
    shown = rebatch("-w", past.root, *command, "2025-12-31")
    assert shown.code == BooksError.exit_code
    assert "no run up to 2025-12-31 was posted" in shown.err
    assert past.runs()[-1] in shown.err


def test_changes_are_shown_with_their_causes(rebatch: Rebatch, past: History) -> None:
    shown = rebatch("-w", past.root, "changes", "--since", past.runs()[0], "--json")
    assert shown.code == 0
    assert list(shown.data) == ["summary", "causes", "ledger", "changes"]
    assert {row["cause"] for row in shown.data["causes"]} >= {"late", "corrected", "rule_change", "data", "settled"}
    assert "extracts/tx-2.csv:3" in rebatch("-w", past.root, "changes", "--since", DAYS[0]).out


@pytest.mark.long
def test_a_backup_restores_into_an_empty_folder(rebatch: Rebatch, past: History, tmp_path: Path) -> None:
    saved = rebatch("-w", past.root, "backup", tmp_path / "saved.tar", "--json")
    assert (saved.code, saved.err) == (0, "")
    there = tmp_path / "new" / "acme"
    restored = rebatch("-w", there, "restore", tmp_path / "saved.tar", "--json")
    assert (restored.code, restored.err) == (0, "")
    assert restored.data["restore"] == saved.data["backup"]
    assert rebatch("-w", there, "status", "--as-of", DAYS[0]).code == 0
    again = rebatch("-w", there, "restore", tmp_path / "saved.tar")
    assert again.code == BooksError.exit_code
    assert "--overwrite" in again.err
