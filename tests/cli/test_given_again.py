"""A command given again, as after a kill or a second click, finds what it did and adds nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from schemas.errors import BooksError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch

ADJUST = ("adjust", "D-001", "volume-bonus-2026", "2026-Q3", "12.50", "--reason", "goodwill", "--by", "ann")


@pytest.fixture
def books(booked: Path, tmp_path: Path) -> Path:
    return shutil.copytree(booked, tmp_path / "books")


def decisions(books: Path) -> int:
    with duckdb.connect(str(books / "warehouse.duckdb"), read_only=True) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM decisions").fetchall()[0][0])


def ids(rebatch: Rebatch, books: Path) -> list[str]:
    return [row["payout_id"] for row in rebatch("-w", books, "payouts", "--json").data["payouts"]]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "command",
    [
        ADJUST,
        ("adjust", "--exclude", "T-0001", "--reason", "disputed", "--yes", "--by", "ann"),
        ("submit", "ID", "--yes", "--by", "ann"),
        ("approve", "ID", "--yes", "--by", "ann", "--reason", "seen"),
        ("reject", "ID", "--yes", "--by", "ann", "--reason", "no"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_the_second_says_that_it_is_there_already(rebatch: Rebatch, books: Path, command: tuple[str, ...]) -> None:
    payout = ids(rebatch, books)[0]
    typed = [payout if part == "ID" else part for part in command]
    assert rebatch("-w", books, *typed).code == 0
    made = decisions(books)
    again = rebatch("-w", books, *typed)
    assert (again.code, decisions(books)) == (0, made)
    assert "There already: ann decided so today" in again.out


def test_another_amount_another_person_or_another_day_is_another_decision(rebatch: Rebatch, books: Path) -> None:
    assert rebatch("-w", books, *ADJUST).code == 0
    made = decisions(books)
    for changed in (("12.50", "12.60"), ("ann", "bob"), ("goodwill", "price-error")):
        assert rebatch("-w", books, *(changed[1] if part == changed[0] else part for part in ADJUST)).code == 0
    assert decisions(books) == made + 3
    with duckdb.connect(str(books / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE decisions SET decided_at = decided_at - INTERVAL 1 DAY")
    assert rebatch("-w", books, *ADJUST).code == 0
    assert decisions(books) == made + 4


def test_a_second_one_may_be_meant(rebatch: Rebatch, books: Path) -> None:
    assert rebatch("-w", books, *ADJUST).code == 0
    made = decisions(books)
    assert rebatch("-w", books, *ADJUST, "--again").code == 0
    assert decisions(books) == made + 1


def test_what_was_rejected_may_be_asked_for_again(rebatch: Rebatch, books: Path) -> None:
    shown = rebatch("-w", books, *ADJUST, "--json").data["adjusted"]
    rejected = rebatch("-w", books, "reject", shown[0]["subject"], "--yes", "--by", "bob", "--reason", "no")
    assert rejected.code == 0
    made = decisions(books)
    assert rebatch("-w", books, *ADJUST).code == 0
    assert decisions(books) == made + 1


def test_what_another_person_decided_is_no_repetition(rebatch: Rebatch, books: Path) -> None:
    payout = ids(rebatch, books)[0]
    assert rebatch("-w", books, "reject", payout, "--yes", "--by", "ann", "--reason", "no").code == 0
    assert rebatch("-w", books, "reject", payout, "--yes", "--by", "bob", "--reason", "no").code == BooksError.exit_code


def test_what_was_undone_since_is_decided_anew(rebatch: Rebatch, books: Path) -> None:
    payout = ids(rebatch, books)[0]
    approve = ("approve", payout, "--yes", "--by", "ann", "--reason", "seen")
    assert rebatch("-w", books, *approve).code == 0
    with duckdb.connect(str(books / "warehouse.duckdb")) as connection:
        connection.execute(
            "INSERT INTO decisions SELECT * REPLACE (decision_seq + 1 AS decision_seq, 'review' AS kind, "
            "'in_review' AS status) FROM decisions ORDER BY decision_seq DESC LIMIT 1"
        )
    made = decisions(books)
    assert rebatch("-w", books, *approve).code == 0
    assert decisions(books) == made + 1
