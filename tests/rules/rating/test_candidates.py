"""Candidates: who is looked at, and with which figures side by side."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from rules.compiled.spans import LAST_DAY
from rules.compiled.terms import PERIODS, TERMS
from rules.rating.agreed_figures import agreed_values, constants
from rules.rating.candidates import candidates, present
from rules.rating.inputs import Lookups
from schemas.errors import BooksError
from schemas.types import VALUE

FIRST, END, THROUGH = date(2026, 1, 1), date(2026, 6, 30), date(2026, 3, 31)
NONE = pl.DataFrame()
AGREED: dict[str, Any] = dict.fromkeys(("kind", "program", "rebate", "member_id", "period"), pl.String) | {
    "value": pl.Decimal(18, 6)
}
KEY = ("horizon", "program", "rebate", "term", "member_id", "period")


def lookups(*terms: dict[str, Any], members: dict[str, tuple[date, date]]) -> Lookups:
    """Look up a program p with one settled half-year; `members` says on which days each takes part."""
    base = dict.fromkeys(TERMS) | {"program": "p", "rebate": "r", "member_filter": "", "is_baseline": False, "parts": 1}
    spans = [(number, member, *days) for number, (member, days) in enumerate(members.items(), start=1)]
    return Lookups(
        terms=pl.DataFrame([base | term for term in terms], schema=TERMS),
        periods=pl.DataFrame([("settled", "p", "r", "2026-H1", FIRST, END, THROUGH)], schema=PERIODS, orient="row"),
        member_spans=pl.DataFrame(spans, schema=["span", "member_id", "valid_from", "valid_to"], orient="row"),
        participants=pl.DataFrame(
            [("p", "", False, number, member) for number, member, *_ in spans],
            schema=["program", "member_filter", "is_baseline", "span", "member_id"], orient="row",
        ),
        product_matches=NONE, attribute_matches=NONE, windows=NONE, factors=NONE, fx_rates=NONE, fixed_rates=NONE,
        day_ratios=NONE,
    )  # fmt: skip


EVERYBODY = {"A": (FIRST, LAST_DAY)}
FEE = {"term": "fee", "kind": "constant", "constant": Decimal(3)}


@pytest.mark.parametrize(
    ("days", "is_there"),
    [
        ((date(2025, 1, 1), date(2025, 12, 31)), False),
        ((date(2025, 1, 1), date(2026, 1, 1)), True),
        ((date(2026, 3, 31), LAST_DAY), True),
        ((date(2026, 4, 1), LAST_DAY), False),  # it joins after the days that are looked at
    ],
)
def test_a_member_is_present_on_one_day_of_the_period_at_least(days: tuple[date, date], *, is_there: bool) -> None:
    found = lookups(FEE, members={"A": days})
    rebates = pl.LazyFrame({"program": ["p"], "rebate": ["r"]})
    assert present(found, rebates).collect()["member_id"].to_list() == ["A"] * is_there
    assert constants(found).collect()["value"].to_list() == [Decimal(3)] * is_there


def test_two_stays_in_a_period_are_one_presence() -> None:
    found = lookups(FEE, members={"A": (FIRST, FIRST)})
    twice = found.participants.vstack(found.participants.with_columns(span=pl.lit(2, dtype=pl.Int64)))
    spans = found.member_spans.vstack(found.member_spans.with_columns(span=pl.lit(2, dtype=pl.Int64)))
    again = Lookups(**{**found.__dict__, "participants": twice, "member_spans": spans})
    assert constants(again).collect().height == 1


def agreed(*rows: tuple[str, str, str]) -> pl.DataFrame:
    figures = [(kind, "p", "r", member, "2026-H1", Decimal(value)) for kind, member, value in rows]
    return pl.DataFrame(figures, schema=AGREED, orient="row")


def test_a_target_of_a_member_that_takes_no_part_counts_for_nothing() -> None:
    term = {"term": "goal", "kind": "target"}
    found = agreed_values(
        agreed(("target", "A", "5"), ("target", "B", "6"), ("baseline", "A", "7")), lookups(term, members=EVERYBODY)
    )
    assert found.select("term", "member_id", "value").collect().rows() == [("goal", "A", Decimal(5))]


def test_one_figure_from_two_sources_is_one_but_two_are_refused_by_name() -> None:
    known = lookups({"term": "goal", "kind": "target"}, members=EVERYBODY)
    assert agreed_values(agreed(("target", "A", "5"), ("target", "A", "5")), known).collect().height == 1
    with pytest.raises(BooksError, match=r"^targets: A has 2 targets for 2026-H1 of p/r: 5\.000000, 6\.000000"):
        agreed_values(agreed(("target", "A", "5"), ("target", "A", "6")), known)


def side_by_side(
    values: dict[str, str], *terms: dict[str, Any], is_for_all: bool = False, qualifier: str = "orders"
) -> list[tuple[Any, ...]]:
    """Put the values of A's terms, as text, side by side; B takes part and has none."""
    members = dict.fromkeys("AB", (FIRST, LAST_DAY))
    frame = pl.DataFrame(
        [("settled", "p", "r", term, "A", "2026-H1", Decimal(value)) for term, value in values.items()],
        schema=dict.fromkeys(KEY, pl.String) | {"value": VALUE}, orient="row",
    )  # fmt: skip
    rebate = {"program": "p", "rebate": "r", "is_for_all": is_for_all, "measure_term": "m", "measure_base_term": None,
              "qualifier_term": "q", "qualifier_base_term": "b", "measure_counted": "revenue",
              "qualifier_counted": qualifier}  # fmt: skip
    rebates = pl.DataFrame([rebate], schema_overrides={"measure_base_term": pl.String})
    found = candidates(frame, lookups(*terms, members=members), rebates).sort("member_id").collect()
    return found.select("member_id", "measure_current", "measure_base", "qualifier_current", "qualifier_base").rows()


MEASURE, QUALIFIER = {"term": "m", "kind": "revenue"}, {"term": "q", "kind": "orders"}
BASES: dict[str, dict[str, Any]] = {
    "past": {"term": "b", "kind": "orders", "is_baseline": True},
    "agreed": {"term": "b", "kind": "baseline"},
    "target": {"term": "b", "kind": "target"},
    "whole": {"term": "b", "kind": "orders"},
}


def test_figures_stand_side_by_side_and_what_was_not_counted_is_zero() -> None:
    terms = (MEASURE, QUALIFIER, BASES["past"])
    assert side_by_side({"m": "1", "q": "2", "b": "3"}, *terms) == [("A", 1, None, 2, 3)]
    assert side_by_side({"q": "2"}, *terms) == [("A", 0, None, 2, None)]
    assert side_by_side({"m": "1"}, *terms) == [("A", 1, None, 0, None)]


def test_a_score_that_nobody_took_is_none() -> None:
    found = side_by_side({"m": "1"}, MEASURE, {"term": "q", "kind": "visit_score"}, qualifier="visit_score")
    assert found == [("A", 1, None, None, None)]


@pytest.mark.parametrize(
    ("base", "is_candidate"), [("past", False), ("agreed", False), ("target", True), ("whole", True)]
)
def test_a_past_alone_makes_no_candidate_but_a_target_does(base: str, *, is_candidate: bool) -> None:
    found = side_by_side({"b": "3"}, MEASURE, QUALIFIER, BASES[base])
    assert found == [("A", 0, None, 0, 3)] * is_candidate


def test_everybody_is_a_candidate_where_nothing_may_be_paid_for() -> None:
    found = side_by_side({"m": "1", "b": "3"}, MEASURE, QUALIFIER, BASES["past"], is_for_all=True)
    assert found == [("A", 1, None, 0, 3), ("B", 0, None, 0, None)]
