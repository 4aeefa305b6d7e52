"""The commands about payouts: what they choose, ask, refuse, record and show."""

from __future__ import annotations

import io
import shutil
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from schemas.errors import BooksError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.cli.conftest import Rebatch

pytestmark = pytest.mark.sampled(4, of="module")

PROGRAM = "volume-bonus-2026"


@pytest.fixture
def books(booked: Path, tmp_path: Path) -> Path:
    return shutil.copytree(booked, tmp_path / "books")


def statuses(rebatch: Rebatch, books: Path) -> dict[str, str]:
    found = rebatch("-w", books, "payouts", "--json")
    assert found.code == 0
    return {row["payee_id"]: row["status"] for row in found.data["payouts"]}


def recorded(books: Path) -> list[tuple[Any, ...]]:
    query = "SELECT kind, status, person, reason, note FROM decisions ORDER BY decision_seq"
    with duckdb.connect(str(books / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_payouts_are_listed_with_their_programs_and_totals(rebatch: Rebatch, booked: Path) -> None:
    data = rebatch("-w", booked, "payouts", "--json").data
    assert list(data) == ["payouts", "totals", "requests"]
    assert {row["programs"] for row in data["payouts"]} == {PROGRAM}
    [total] = data["totals"]
    assert Decimal(total["amount"]) == sum(Decimal(row["amount"]) for row in data["payouts"]) > 0
    assert "Payouts by status" in rebatch("-w", booked, "payouts").out


@pytest.mark.parametrize(
    ("options", "payees"),
    [
        ((), ["D-001", "D-002"]),
        (("--payee", "D-001"), ["D-001"]),
        (("--program", PROGRAM), ["D-001", "D-002"]),
        (("--program", "another"), []),
        (("--period", "2026-11"), ["D-001", "D-002"]),
        (("--period", "2026-10"), []),
        (("--status", "draft"), ["D-001", "D-002"]),
        (("--status", "paid"), []),
        (("--min", "52"), ["D-001", "D-002"]),
        (("--min", "52.01"), ["D-002"]),
        (("--max", "180"), ["D-001", "D-002"]),
        (("--max", "179.99"), ["D-001"]),
        (("--payee", "D-001", "--min", "60"), []),
    ],
)
def test_payouts_are_chosen_by_what_they_are(
    rebatch: Rebatch, booked: Path, options: tuple[str, ...], payees: list[str]
) -> None:
    listed = rebatch("-w", booked, "payouts", *options, "--json").data["payouts"]
    assert [row["payee_id"] for row in listed] == payees


@pytest.mark.parametrize("amount", ["NaN", "many", "1e9", "-1", "1.00001", "1" * 15])
def test_an_amount_that_is_none_is_refused(rebatch: Rebatch, booked: Path, amount: str) -> None:
    shown = rebatch("-w", booked, "payouts", "--min", amount)
    assert shown.code == 2
    assert "write an amount" in shown.err


def test_approve_records_person_and_reason(rebatch: Rebatch, books: Path) -> None:
    shown = rebatch("-w", books, "approve", "--payee", "D-001", "--by", "ann", "--reason", "checked", "--yes", "--json")
    assert shown.data["totals"] == [
        {"kind": "payout", "becomes": "approved", "currency": "USD", "count": 1, "amount": "52.0000"}
    ]
    assert recorded(books) == [("approve", "approved", "ann", "checked", "")]
    assert statuses(rebatch, books) == {"D-001": "approved", "D-002": "draft"}


def test_the_person_is_who_is_logged_in_unless_said_otherwise(
    rebatch: Rebatch, books: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REBATCH_USER", "bob")
    rebatch("-w", books, "submit", "--payee", "D-001", "--yes")
    monkeypatch.delenv("REBATCH_USER")
    monkeypatch.setenv("LOGNAME", "cho")
    rebatch("-w", books, "approve", "--payee", "D-001", "--yes")
    assert [(kind, person) for kind, _, person, _, _ in recorded(books)] == [("submit", "bob"), ("approve", "cho")]


@pytest.mark.parametrize(("answer", "code", "status"), [("y\n", 0, "approved"), ("n\n", 1, "draft"), ("", 1, "draft")])
def test_before_anything_is_decided_count_and_totals_are_shown_and_asked_about(
    rebatch: Rebatch, books: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, status: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    shown = rebatch("-w", books, "approve", "--all", "--by", "ann")
    assert shown.code == code
    assert "232.00" in shown.out
    assert "Approve 2 as ann?" in shown.out + shown.err
    assert set(statuses(rebatch, books).values()) == {status}


def test_nothing_is_decided_unless_something_is_named(rebatch: Rebatch, books: Path) -> None:
    for options, problem in (
        ((), "nothing to approve is named"),
        (("--payee", "D-999"), "there is nothing to approve"),
        (("2026-11-USD-no", "ADJ-9"), "nothing here is called 'ADJ-9'"),
    ):
        shown = rebatch("-w", books, "approve", *options, "--by", "ann", "--yes")
        assert shown.code == BooksError.exit_code
        assert problem in shown.err
    assert rebatch("-w", books, "approve", "--all", "--json").code == 2
    assert recorded(books) == []


def test_one_that_cannot_be_decided_stops_all_of_them(rebatch: Rebatch, books: Path) -> None:
    rebatch("-w", books, "approve", "--payee", "D-001", "--by", "ann", "--yes")
    ids = [row["payout_id"] for row in rebatch("-w", books, "payouts", "--json").data["payouts"]]
    shown = rebatch("-w", books, "approve", *ids, "--by", "ann", "--yes")
    assert shown.code == BooksError.exit_code
    assert f"{ids[0]}: the payout is approved" in shown.err
    assert statuses(rebatch, books)["D-002"] == "draft"


def test_reject_needs_a_reason(rebatch: Rebatch, books: Path) -> None:
    assert rebatch("-w", books, "reject", "--all", "--by", "ann", "--yes").code == 2
    assert rebatch("-w", books, "reject", "--all", "--by", "ann", "--yes", "--reason", "no").code == 0
    listed = rebatch("-w", books, "payouts", "--json").data["payouts"]
    assert {(row["status"], row["decided_by"], row["reason"]) for row in listed} == {("rejected", "ann", "no")}


@pytest.mark.parametrize("text", ["=1+1", "＝1", " -x", "x" * 501])  # noqa: RUF001
def test_texts_that_could_never_stand_in_a_file_are_refused(rebatch: Rebatch, books: Path, text: str) -> None:
    for options in (("--by", text, "--reason", "no"), ("--by", "ann", "--reason", text)):
        shown = rebatch("-w", books, "reject", "--all", "--yes", *options)
        assert shown.code == BooksError.exit_code
        assert "cannot be kept in the books" in shown.err
    assert recorded(books) == []


@pytest.mark.parametrize("text", ["a\nb", "turned\u202eround", "\x1b[2J", "caf\udce9"])
def test_words_that_a_terminal_would_obey_are_refused(rebatch: Rebatch, books: Path, text: str) -> None:
    shown = rebatch("-w", books, "reject", "--all", "--yes", "--by", "ann", "--reason", text)
    assert shown.code == 1
    assert "is no plain text in UTF-8" in shown.err
    assert text not in shown.err
    assert recorded(books) == []


def test_an_adjustment_waits_for_another_person(rebatch: Rebatch, books: Path) -> None:
    asked = ("adjust", "D-001", PROGRAM, "2026-Q3", "12.50", "--reason", "goodwill", "--note", "late", "--by", "ann")
    made = rebatch("-w", books, *asked, "--json")
    [row] = made.data["adjusted"]
    assert (row["subject"], row["payee_id"], row["currency"], row["amount"]) == ("ADJ-1", "D-001", "USD", "12.5000")
    assert rebatch("-w", books, "approve", "ADJ-1", "--by", "ANN", "--yes").code == BooksError.exit_code
    [waiting] = rebatch("-w", books, "payouts", "--json").data["requests"]
    assert (waiting["subject"], waiting["status"], waiting["author"]) == ("ADJ-1", "in_review", "ann")
    assert rebatch("-w", books, "approve", "ADJ-1", "--by", "bob", "--yes").code == 0
    assert rebatch("-w", books, "run", "--as-of", "2026-11-23").code == 0
    [balance] = rebatch("-w", books, "balance", "D-001", "--json").data["balance"]
    assert balance["posted"] == balance["open"] == "64.5000"
    explained = rebatch("-w", books, "explain", "D-001", PROGRAM, "2026-Q3", "--json").data["postings"]
    assert [row["reason"] for row in explained][-1] == "ADJ-1 goodwill: late"


ASKED = {"member": "D-001", "program": PROGRAM, "period": "2026-Q3", "amount": "1", "reason": "goodwill"}


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("member", "D-999", "no member 'D-999'"),
        ("program", "other", "no program 'other'"),
        ("period", "2026-03", "no period '2026-03' so far → write one of 2026-Q1, 2026-Q2, 2026-Q3"),
        ("amount", "0", "'0' is no amount"),
        ("amount", "1e3", "'1e3' is no amount"),
        ("amount", "NaN", "'NaN' is no amount"),
        ("amount", "100000000000000", "is no amount"),
        ("amount", "0.005", "amounts in USD have 2 decimals"),
        ("reason", "Good Will", "'Good Will' is no code"),
    ],
)
def test_an_adjustment_that_could_not_be_posted_is_refused(
    rebatch: Rebatch, books: Path, name: str, value: str, problem: str
) -> None:
    *what, reason = (ASKED | {name: value}).values()
    shown = rebatch("-w", books, "adjust", *what, "--reason", reason, "--by", "ann")
    assert shown.code == BooksError.exit_code
    assert problem in shown.err
    assert recorded(books) == []


def test_adjust_says_everything_that_is_wrong_at_once(rebatch: Rebatch, books: Path) -> None:
    shown = rebatch("-w", books, "adjust", "D-9", PROGRAM, "2031", "0.001", "--reason", "X", "--by", "ann")
    assert len(shown.err.strip().splitlines()) == 4
    for options in (("D-001", PROGRAM), ("--exclude", "T-1", "--include", "T-1"), ("D-001", "--exclude", "T-1")):
        assert rebatch("-w", books, "adjust", *options, "--reason", "x").code == 2


@pytest.mark.long
def test_an_excluded_transaction_is_explained_and_can_be_let_in_again(rebatch: Rebatch, books: Path) -> None:
    out = (
        "adjust",
        "--exclude",
        "T-0002",
        "--reason",
        "disputed",
        "--note",
        "no such delivery",
        "--by",
        "ann",
        "--yes",
    )
    asked = rebatch("-w", books, *out, "--json").data
    assert [(row["payee_id"], row["moves"]) for row in asked["moves"]] == [("D-001", "-21.6000")]
    [request] = [row["subject"] for row in asked["adjusted"]]
    waits = rebatch("-w", books, *(part if part != "no such delivery" else "never came" for part in out))
    assert (waits.code, f"{request} asks about T-0002 already" in waits.err) == (BooksError.exit_code, True)
    own = rebatch("-w", books, "approve", request, "--by", "ann", "--yes")
    assert (own.code, "ann asked for this exclusion" in own.err) == (BooksError.exit_code, True)
    rebatch("-w", books, "run", "--as-of", "2026-11-23")
    assert "excluded" not in rebatch("-w", books, "explain", "D-001", PROGRAM, "2026-Q3", "--json").data
    [listed] = rebatch("-w", books, "payouts", "--payee", "D-001", "--json").data["requests"]
    assert [listed[name] for name in ("subject", "payee_id", "amount", "reason", "note")] == [
        request, "D-001", "-21.6000", "disputed", "T-0002: no such delivery",
    ]  # fmt: skip
    assert rebatch("-w", books, "approve", request, "--by", "bob", "--yes").code == 0
    assert rebatch("-w", books, *out).code == BooksError.exit_code
    events = rebatch("-w", books, "history", "T-0002", "--json").data["history"]
    assert [(row["event"], row["person"]) for row in events] == [
        ("ask_exclude", "ann"), ("approve", "bob"), ("exclude", "ann"),
    ]  # fmt: skip
    rebatch("-w", books, "run", "--as-of", "2026-11-23")
    explained = rebatch("-w", books, "explain", "D-001", PROGRAM, "2026-Q3", "--json").data
    [row] = explained["excluded"]
    assert (row["transaction_id"], row["reason"], row["note"], row["person"]) == (
        "T-0002", "disputed", "no such delivery", "ann",
    )  # fmt: skip
    assert "T-0002" not in {row["transaction_id"] for row in explained["transactions"]}
    back = rebatch(
        "-w", books, "adjust", "--include", "T-0002", "--reason", "settled", "--by", "bob", "--yes", "--json"
    )
    [request] = [row["subject"] for row in back.data["adjusted"]]
    assert [row["moves"] for row in back.data["moves"]] == ["21.6000"]
    assert rebatch("-w", books, "approve", request, "--by", "ann", "--yes").code == 0
    rebatch("-w", books, "run", "--as-of", "2026-11-23")
    assert "excluded" not in rebatch("-w", books, "explain", "D-001", PROGRAM, "2026-Q3", "--json").data
    unknown = rebatch("-w", books, "adjust", "--exclude", "T-9999", "--yes", "--reason", "disputed", "--by", "ann")
    assert "there is no transaction 'T-9999'" in unknown.err


@pytest.mark.long
def test_an_exclusion_shows_what_it_moves_and_is_asked_for_only_then(
    rebatch: Rebatch, books: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    shown = rebatch("-w", books, "adjust", "--exclude", "T-0002", "--reason", "disputed", "--by", "ann")
    assert (shown.code, "-21.60" in shown.out) == (1, True)
    assert recorded(books) == []


@pytest.mark.long
def test_an_exclusion_that_moves_much_takes_two_people(rebatch: Rebatch, books: Path) -> None:
    path = books / "rebatch.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\npayouts: {{two_people_above: 20}}\n", encoding="utf-8")
    asked = ("adjust", "--exclude", "T-0002", "--reason", "disputed", "--by", "ann", "--yes", "--json")
    [request] = [row["subject"] for row in rebatch("-w", books, *asked).data["adjusted"]]
    for person, status in (("bob", "in_review"), ("cho", "approved")):
        decided = rebatch("-w", books, "approve", request, "--by", person, "--yes", "--json").data["decided"]
        assert [row["becomes"] for row in decided] == [status]
    assert [kind for kind, *_ in recorded(books)] == ["ask_exclude", "approve", "approve", "exclude"]


def test_balance_of_a_payee_that_has_none_is_refused(rebatch: Rebatch, booked: Path) -> None:
    shown = rebatch("-w", booked, "balance", "D-999")
    assert shown.code == BooksError.exit_code
    assert "'D-999'" in shown.err


@pytest.mark.parametrize(
    "change", ["UPDATE decisions SET person = 'bob'", "DELETE FROM decisions WHERE decision_seq = 1"]
)
def test_a_planted_change_of_the_record_is_found(rebatch: Rebatch, books: Path, change: str) -> None:
    rebatch("-w", books, "approve", "--all", "--by", "ann", "--yes")
    with duckdb.connect(str(books / "warehouse.duckdb")) as connection:
        connection.execute(change)
    shown = rebatch("-w", books, "verify", "--json")
    assert shown.data["the_record_is_whole"]
