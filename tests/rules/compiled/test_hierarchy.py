"""Hierarchy: who stands above whom on which day, both sides of every date; what does not hold is told by name."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from rules.compiled.edges import EDGES, on_days, read_edges
from rules.compiled.hierarchy import ancestors_of
from rules.compiled.nodes import is_shared, nodes_at
from rules.compiled.spans import FIRST_DAY, LAST_DAY, join_stretches
from rules.loading.load import read_programs
from schemas.errors import BooksError

ROWS: dict[str, pl.DataType] = {
    "member_id": pl.String(), "parent_id": pl.String(), "level": pl.String(), "valid_from": pl.Date(),
    "valid_to": pl.Date(), "load_seq": pl.Int32(), "line": pl.Int64(),
}  # fmt: skip
FILES = pl.DataFrame({"load_seq": [1], "path": ["edges.csv"]}, schema_overrides={"load_seq": pl.Int32})
JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)

Row = tuple[str, str | None, str | None, date | None, date | None]


def rows(*edges: Row) -> pl.DataFrame:
    return pl.DataFrame([(*edge, 1, n) for n, edge in enumerate(edges, start=2)], schema=ROWS, orient="row")


def members(*parents: Row) -> pl.DataFrame:
    return rows(*(parents or [(member, None, None, None, None) for member in "ABCDEF"])).drop("level")


def edges(*stated: Row) -> pl.DataFrame:
    return read_edges(rows(*stated), members(), FILES)


def refusal(*stated: Row) -> list[str]:
    with pytest.raises(BooksError) as refused:
        ancestors_of(edges(*stated))
    return [f"{problem.at.file}:{problem.at.line}: {problem.found}" for problem in refused.value.problems]


def node(place: str, member: str, day: date, *stated: Row) -> str:
    nodes = nodes_at(place, edges(*stated), ancestors_of(edges(*stated)))
    there = nodes.filter(pl.lit(day).is_between("valid_from", "valid_to"), member_id=member)
    return str(there["node_id"].item()) if there.height else member


DATED: tuple[Row, ...] = (
    ("A", "B", "region", date(2026, 2, 1), FEBRUARY),
    ("B", "C", "country", None, FEBRUARY),
    ("C", "D", "region", date(2026, 2, 28), None),
    ("E", "A", None, MARCH, MARCH),
)


@pytest.mark.parametrize(
    ("place", "member", "expected"),
    [
        # on the last of January, the first, last but one and last of February, the first and last of March
        ("parent", "A", "ABBBAA"),
        ("root", "A", "ACCDAA"),
        ("root", "B", "CCCDBB"),
        ("root", "E", "EEEEEA"),
        ("parent", "E", "EEEEEA"),
        ("parent", "B", "CBBBBB"),  # itself while it is the parent of A
        ("region", "A", "ABBBAA"),  # the nearest
        ("region", "B", "BBBBBB"),  # itself while A calls it so; D stands there only on the last of February
        ("region", "C", "CCCDDD"),
        ("country", "A", "ACCCAA"),
        ("country", "C", "CCCCCC"),
        ("country", "E", "EEEEEE"),
    ],
)
def test_the_node_of_a_member_on_both_sides_of_every_date(place: str, member: str, expected: str) -> None:
    days = (JANUARY, date(2026, 2, 1), date(2026, 2, 27), FEBRUARY, date(2026, 3, 1), MARCH)
    assert "".join(node(place, member, day, *DATED) for day in days) == expected


def test_nodes_say_as_little_as_there_is_to_say() -> None:
    stated = edges(
        ("A", "B", None, None, JANUARY), ("A", "B", None, date(2026, 2, 1), None), ("C", "B", None, MARCH, None)
    )
    assert nodes_at("root", stated, ancestors_of(stated)).rows() == [
        ("A", "B", FIRST_DAY, LAST_DAY), ("C", "B", MARCH, LAST_DAY),
    ]  # fmt: skip


def test_the_hierarchy_counts_alone_if_it_has_any_row() -> None:
    stated = members(
        ("A", "B", None, None, JANUARY),
        ("A", None, None, date(2026, 2, 1), None),
        ("B", "C", None, None, None),
        ("C", None, None, None, None),
    )
    own = read_edges(rows(), stated, FILES)
    assert own.rows() == [
        ("A", "B", None, FIRST_DAY, JANUARY, "edges.csv", 2), ("B", "C", None, FIRST_DAY, LAST_DAY, "edges.csv", 4),
    ]  # fmt: skip
    only = read_edges(rows(("C", "A", "x", None, None)), stated, FILES)
    assert only.select("member_id", "parent_id", "level").rows() == [("C", "A", "x")]
    assert only.schema == own.schema == EDGES


def test_a_circle_is_told_once_with_its_members_in_order_and_its_days() -> None:
    assert refusal(
        ("C", "A", None, None, MARCH),
        ("A", "B", None, date(2026, 2, 1), None),
        ("B", "C", None, JANUARY, FEBRUARY),
        ("E", "A", None, None, None),  # leads into the circle, and is none of it
        ("D", "F", None, MARCH, MARCH),
        ("F", "D", None, None, None),
    ) == [
        "edges.csv:3: A → B → C → A: a member stands above itself from 2026-02-01 to 2026-02-28",
        "edges.csv:6: D → F → D: a member stands above itself from 2026-03-31 to 2026-03-31",
    ]


def test_a_long_way_into_a_short_circle_comes_to_an_end() -> None:
    way = [(below, above, None, None, None) for below, above in zip("CDEFAB", "DEFABA", strict=True)]
    assert refusal(*way) == ["edges.csv:6: A → B → A: a member stands above itself on every day"]


def test_edges_that_close_a_circle_on_no_common_day_are_none() -> None:
    stated = edges(("A", "B", None, None, JANUARY), ("B", "A", None, date(2026, 2, 1), None))
    assert ancestors_of(stated).height == 2
    assert refusal(("A", "B", None, None, JANUARY), ("B", "A", None, JANUARY, None)) == [
        "edges.csv:2: A → B → A: a member stands above itself from 2026-01-31 to 2026-01-31"
    ]


@pytest.mark.parametrize(("begins", "is_refused"), [(JANUARY, True), (date(2026, 2, 1), False)])
def test_two_parents_on_one_day(begins: date, *, is_refused: bool) -> None:
    stated: tuple[Row, ...] = (("A", "B", "x", None, JANUARY), ("A", "C", "y", begins, None))
    if not is_refused:
        assert edges(*stated).height == 2
        return
    assert refusal(*stated) == ["edges.csv:3: 'A' has two parents from 2026-01-31 to 2026-01-31: 'B' and 'C'"]


def test_who_is_no_member_is_told_by_name_once_and_all_at_once() -> None:
    stated = [(below, above, None, None, None) for below, above in (("A", "GONE"), ("B", "GONE"), ("LOST", "A"))]
    assert refusal(*stated) == [
        "edges.csv:2: the parent 'GONE' of 'A' is not among the members",
        "edges.csv:4: the member 'LOST' below 'A' is not among the members",
    ]


def test_days_are_written_as_people_say_them() -> None:
    assert on_days(FIRST_DAY, LAST_DAY) == "on every day"
    assert on_days(JANUARY, LAST_DAY) == "from 2026-01-31 on"
    assert on_days(FIRST_DAY, JANUARY) == "until 2026-01-31"


def test_stretches_that_touch_or_overlap_are_joined() -> None:
    days = {"member_id": pl.String(), "valid_from": pl.Date(), "valid_to": pl.Date()}
    stretches = [
        ("A", date(2026, 2, 1), FEBRUARY), ("A", FIRST_DAY, JANUARY), ("A", date(2026, 2, 3), date(2026, 2, 4)),
        ("A", date(2026, 3, 2), LAST_DAY), ("B", date(2026, 3, 1), MARCH),
    ]  # fmt: skip
    assert join_stretches(pl.DataFrame(stretches, schema=days, orient="row"), "member_id").rows() == [
        ("A", FIRST_DAY, FEBRUARY), ("A", date(2026, 3, 2), LAST_DAY), ("B", date(2026, 3, 1), MARCH),
    ]  # fmt: skip


RULE = """
program: p
title: P
reference: r
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
accumulate_at: {at}
pay_to: {to}
rebates: {{r: {{period: year, measure: revenue, method: fixed, tiers: [{{from: 1, pays: 1}}]}}}}
"""


@pytest.mark.parametrize(
    ("at", "shared"),
    [("self", ""), ("parent", "self"), ("region", "self parent"), ("root", "self parent")],
)
def test_what_is_earned_is_shared_where_the_paid_stand_below_where_it_is_accumulated(at: str, shared: str) -> None:
    found = [
        to
        for to in ("self", "parent", "root", "payee")
        if is_shared(*read_programs({"p.yaml": RULE.format(at=at, to=to)}))
    ]
    assert " ".join(found) == shared
