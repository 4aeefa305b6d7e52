"""Ids that people cannot tell apart are one payee or a named reject, never two."""

from __future__ import annotations

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
