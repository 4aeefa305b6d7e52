"""Ids that people cannot tell apart are one payee or a named reject, never two."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pipelines.conftest import House


@pytest.fixture
def house(house: House) -> House:
    house.sales("1,M-1,P-1,2026-01-10,2026-01-11,sale,1,each,100.00,USD")
    return house


def rejects(house: House) -> list[tuple[int, str, str]]:
    query = "SELECT line, reason, value FROM rejects WHERE resolved_seq IS NULL ORDER BY line, reason"
    return house.ask(query)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "unseen",
    ["\u200b", "\u200d", "\u2060", "\ufeff-", "\u00ad", "\u202e", "\u3164", "\u115f", "\ufe0f", "\u2800", "\u034f"],
    ids=lambda text: f"U+{ord(text[0]):04X}",
)
def test_what_nobody_sees_is_in_no_id(house: House, unseen: str) -> None:
    house.put("members.csv", f"member_id,name,payee_id\nM-1,One,\nM-1{unseen}1,Two,\nM-3,Three,M-{unseen}1\n")
    house.load()
    assert [(line, reason) for line, reason, _ in rejects(house)] == [
        (3, "invisible_character"),
        (4, "invisible_character"),
    ]


def test_what_nobody_sees_may_be_in_a_name(house: House) -> None:
    house.put("members.csv", "member_id,name\nM-1,Zero\u200bWidth\n")
    house.load()
    assert rejects(house) == []
    assert house.ask("SELECT name FROM members") == [("Zero\u200bWidth",)]


@pytest.mark.parametrize(
    ("other", "reads_like"),
    [
        ("m-1", "m-1 reads like M-1 in line 2"),
        ("Ｍ-１", "Ｍ-１ reads like M-1 in line 2"),  # noqa: RUF001 - full-width
        ("M－1", "M－1 reads like M-1 in line 2"),  # noqa: RUF001 - a full-width hyphen
        ("straße", None),
        ("M-l", None),  # other letters: a person can be told
    ],
)
def test_two_members_of_one_file(house: House, other: str, reads_like: str | None) -> None:
    house.put("members.csv", f"member_id,name\nM-1,One\n{other},Other\n")
    house.load()
    expected = [] if reads_like is None else [(3, "looks_alike", reads_like)]
    assert rejects(house) == expected


def test_one_that_came_before_is_the_payee(house: House) -> None:
    house.put("members.csv", "member_id,name\nM-1,One\nSTRASSE,Road\n")
    house.load()
    house.put("members-2.csv", "member_id,name\nm-1,Other\nstraße,Road\nM-1,One again\n")
    house.load()
    assert [(line, value) for line, _, value in rejects(house)] == [
        (2, "m-1 reads like M-1"),
        (3, "straße reads like STRASSE"),
    ]
    assert house.ask("SELECT name FROM members WHERE superseded_seq IS NULL AND member_id = 'M-1'") == [("One again",)]


def test_where_case_does_not_matter_they_are_one(house: House) -> None:
    house.configure(more="ids: {case: upper}")
    house.put("members.csv", "member_id,name\nM-1,One\n")
    house.put("members2.csv", "member_id,name\nm-1,One again\n")
    house.load()
    assert rejects(house) == []
    assert house.ask("SELECT member_id, name FROM members WHERE superseded_seq IS NULL") == [("M-1", "One again")]


def test_a_member_whose_zeros_a_spreadsheet_took_is_no_other_payee(house: House) -> None:
    house.put("members.csv", "member_id,name\nM-1,One\n0017,Seventeen\n0018,\n")
    house.load()
    # Of another name it is another one, and of no name nobody can tell.
    house.put("members.csv", "member_id,name\nM-1,One\n17,Seventeen\n017,Another\n18,\n")
    house.load()
    assert rejects(house) == [(3, "looks_alike", "17 reads like 0017")]


def test_a_row_that_was_loaded_under_an_id_written_otherwise_counts_once(house: House) -> None:
    said = "M-1,P-1,2026-02-10,2026-02-11,sale,1,each,100.00,USD"
    ids = ["0012", "Ab-3", "\u00fc 1", "0040", "7", "8"]
    others = ["12", "aB-3", "u\u03081", "40", "07", "9"]
    house.sales(*(f"{name},{said}" for name in ids))
    house.load()
    # The fourth says something else, and the last has another id; both are others.
    rows = [f"{name},{said}" for name in others]
    rows[3] = rows[3].replace("100.00", "100.01")
    house.sales(*rows, f"7,{said}", name="tx2.csv")
    house.load()
    assert [(line, reason) for line, reason, _ in rejects(house)] == [(n, "known_row") for n in (2, 3, 4, 6)]
    assert rejects(house)[0][2] == "12 reads like 0012"
    assert house.ask("SELECT SUM(amount) FROM transactions WHERE superseded_seq IS NULL")[0][0] == 800 + Decimal("0.01")
    # The same rows again, and what a person looked at and put back.
    refused = (house.root / "rejects" / "transactions" / "tx2.rejects.csv").read_text(encoding="utf-8")
    house.put("tx3.csv", "\n".join(refused.splitlines()[:2]) + "\n")
    assert house.load()["loaded"] == 1
    house.sales(*(f"{name},{said}" for name in (*ids, "12")), name="tx4.csv")
    assert house.load()["duplicate"] == len(ids) + 1


def test_of_snapshots_a_row_with_another_id_takes_the_place_of_the_first(house: House) -> None:
    house.configure(transactions="tx.csv, format: csv, delivery: snapshot, max_withdrawn: 100%")
    house.sales("0012,M-1,P-1,2026-02-10,2026-02-11,sale,1,each,100.00,USD")
    house.load()
    house.sales("12,M-1,P-1,2026-02-10,2026-02-11,sale,1,each,100.00,USD")
    house.load()
    assert rejects(house) == []
    assert house.ask("SELECT transaction_id FROM transactions WHERE superseded_seq IS NULL") == [("12",)]
