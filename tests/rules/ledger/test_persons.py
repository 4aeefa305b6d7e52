from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.ledger.persons import distinct, is_nobody, is_one_person


@pytest.mark.parametrize(
    "other",
    [
        "ann",
        " ANN ",
        "\uff21nn",  # full width
        "\u0430nn",  # Cyrillic
        "\u0391nn",  # Greek capital
        "an\u200bn",  # no width
        "ann\ufe0f",
        "ann\u3164",
        "\u202eann",
    ],
)
def test_one_person_however_the_name_is_written(other: str) -> None:
    assert is_one_person("Ann", other)
    assert is_one_person(other, "Ann")


@pytest.mark.parametrize(("name", "other"), [("Iris", "lris"), ("Tom", "Torn"), ("B0b", "Bob"), ("1van", "Ivan")])
def test_names_that_look_alike_are_one(name: str, other: str) -> None:
    assert is_one_person(name, other)


@pytest.mark.parametrize(
    ("name", "other"), [("Ann", "Anna"), ("Ray", "Tay"), ("José", "Jose"), ("李明", "李朋"), ("ann lee", "ann leo")]
)
def test_other_names_are_other_people(name: str, other: str) -> None:
    assert not is_one_person(name, other)


def test_capitals_of_another_alphabet_make_no_second_person() -> None:
    assert is_one_person("Наташа", "наташа")


@pytest.mark.parametrize("name", ["rebatch", "System", "s\u0443stem", "CRON"])
def test_programs_are_nobody(name: str) -> None:
    assert is_nobody(name)
    assert not is_nobody(f"{name} smith")


@given(st.lists(st.text()))
def test_people_are_counted_once(names: list[str]) -> None:
    people = distinct(names)
    assert all(any(is_one_person(name, person) for person in people) for name in names)
    assert distinct([*people, *names]) == people
