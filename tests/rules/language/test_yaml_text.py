from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.language.yaml_text import parse_yaml, plain_value, written


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("yes", "yes"), ("on", "on"), ("true", True), ("false", False), ("True", "True"),
        ("7", 7), ("-7", -7), ("0", 0), ("-0", "-0"), ("007", "007"), ("1_000", "1_000"), ("0x1F", "0x1F"),
        ("+7", "+7"),
        ("1.50", Decimal("1.50")), ("0.0000001", Decimal("0.0000001")), (".5", ".5"), ("1e3", "1e3"), (".nan", ".nan"),
        ("2026-01-31", date(2026, 1, 31)), ("2026-02-30", "2026-02-30"), ("2026-1-1", "2026-1-1"),
        ("0000-01-01", "0000-01-01"), ("~", None), ("null", None), ("", None), ("'7'", "7"),
        ('"2026-01-31"', "2026-01-31"),
        ("3%", "3%"), ("12:30", "12:30"),
    ],
)  # fmt: skip
def test_scalars_keep_what_was_written(text: str, value: object) -> None:
    marked = parse_yaml(f"key: {text}", "a.yaml")
    assert marked.problems == []
    assert marked.value == {"key": value}
    assert type(marked.value["key"]) is type(value)


@settings(deadline=None)
@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=9) | st.dates() | st.booleans())
def test_what_is_more_than_text_writes_back_the_same(value: object) -> None:
    text = written(value)
    assert written(plain_value(text)) == text


def test_places_count_from_one() -> None:
    marked = parse_yaml("a: 1\nb:\n  - x: [1, 22]\n", "a.yaml")
    assert marked.values["b", 0, "x", 1] == (3, 12)
    assert marked.keys["b", 0, "x"] == (3, 5)
    problem = marked.problem_at(("b", 0, "missing", "deep"), "found", "todo")
    assert str(problem) == "a.yaml:3:5: found → todo"
    assert marked.problem_at(("b",), "found", "todo", at_key=True).at.line == 2


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("a: 1\nb: 2\na: 3", (3, 1), "the key 'a' is given twice"),
        ("a: !python/object:os.system x", (1, 4), "the tag !python/object:os.system is not understood"),
        ("a: !!python/name:os.system x", (1, 4), "the tag tag:yaml.org,2002:python/name:os.system is not understood"),
        ("a: !map {b: 1}", (1, 4), "the tag !map is not understood"),
        ("a: &x [1]\nb: *x", (2, 1), "an alias (*name) repeats another part of the file"),
        ("a: &x [*x]", (1, 4), "an alias (*name) repeats another part of the file"),
        ("a: [1,\nb: 2", (2, 5), "this is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: 1\n\tb: 2", (2, 1), None),
        ("a: 1\n---\nb: 2", (2, 1), None),
        ("a: 1\nb: x\x01y", (2, 5), "the character U+0001 is not allowed in YAML"),
        ("? [1]\n: 2", (1, 3), "a list or mapping stands where a key belongs"),
        ("", (0, 0), "the file is empty"),
        ("# nothing but a comment", (0, 0), "the file is empty"),
        ("~", (0, 0), "the file is empty"),
        ("a: 'x", (1, 6), None),
        ("[" * 100_000 + "]" * 100_000, (0, 0), "this is nested too deeply"),
        ("- " * 100_000, (0, 0), "this is nested too deeply"),
        ("\n".join(f"{' ' * n}a:" for n in range(1_000)), (0, 0), "this is nested too deeply"),
        ("\n".join(f"{' ' * n}- - [{{" for n in range(1_500)), (0, 0), "this is nested too deeply"),
        ("a: " + "x" * 2_000_000, (0, 0), "this has more than 2,000,000 characters"),
    ],
)
def test_what_is_wrong_with_the_text_is_placed(text: str, place: tuple[int, int], found: str | None) -> None:
    problems = parse_yaml(text, "a.yaml").problems
    assert [(problem.at.line, problem.at.column) for problem in problems] == [place]
    if found:
        assert problems[0].found == found
    assert problems[0].todo
