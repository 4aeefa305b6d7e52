"""Allocation: what is shared adds up, to the unit, whoever comes first in the file."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.rating.allocation import MOST_TOTAL, MOST_WEIGHT, allocate, refuse_unshared
from schemas.errors import RuleError
from schemas.types import VALUE

if TYPE_CHECKING:
    from random import Random

PARTS: dict[str, pl.DataType] = {
    "program": pl.String(), "node": pl.String(), "member_id": pl.String(), "total": pl.Int64(), "weight": VALUE,
}  # fmt: skip

Part = tuple[str | None, str, int, Decimal | None]
"""Node, member, total and weight."""


def shares(*parts: Part, total_type: pl.DataType | None = None) -> dict[tuple[str | None, str], Any]:
    rows = pl.LazyFrame(
        [("p", *part) for part in parts], schema=PARTS | {"total": total_type or pl.Int64()}, orient="row"
    )
    shared = allocate(rows, by=["program", "node"], total="total", weight="weight", ties=["member_id"]).collect()
    assert shared.columns == [*PARTS, "share"]
    assert shared.height == len(parts)
    return {(node, member): share for node, member, share in shared.select("node", "member_id", "share").iter_rows()}


def of_one(total: int, *weights: str | None) -> list[int]:
    """Share among members A, B, C …."""
    parts = [
        ("N", chr(ord("A") + n), total, None if weight is None else Decimal(weight)) for n, weight in enumerate(weights)
    ]
    return [share for _, share in sorted(shares(*parts).items())]


@pytest.mark.parametrize(
    ("total", "weights", "expected"),
    [
        (100, ["1", "1", "1"], [34, 33, 33]),  # the cent too many goes to the first id
        (101, ["1", "1", "1"], [34, 34, 33]),
        (10, ["1", "2", "1"], [3, 5, 2]),  # 2.5, 5, 2.5
        (10, ["1", "1", "4"], [2, 2, 6]),  # 1.67, 1.67, 6.67: both larger fractions, then the first of equals
        (0, ["1", "2"], [0, 0]),
        (7, ["5", "0", None, "-3"], [7, 0, 0, 0]),  # below zero counts as zero
        (7, ["0", "-1", None], [3, 2, 2]),  # nobody has a part: equal shares
        (-100, ["1", "1", "1"], [-34, -33, -33]),
        (1, ["0.0000000001", "999999999999"], [0, 1]),
        (5, ["0.0000000001"], [5]),
    ],
)  # fmt: skip
def test_the_rest_goes_to_the_largest_fractions(total: int, weights: list[str | None], expected: list[int]) -> None:
    assert of_one(total, *weights) == expected


def test_every_group_has_a_total_of_its_own() -> None:
    one = Decimal(1)
    parts = [("N", "A", 5, one), ("M", "A", 3, one), (None, "A", 1, one), ("N", "B", 5, one), ("M", "B", 3, one)]
    assert shares(*parts) == {("N", "A"): 3, ("N", "B"): 2, ("M", "A"): 2, ("M", "B"): 1, (None, "A"): 1}


def test_a_total_as_wide_as_the_books_is_shared_exactly_and_a_wider_one_is_refused_by_name() -> None:
    half, just_less = Decimal(MOST_WEIGHT // 2), Decimal(f"{MOST_WEIGHT // 2 - 1}.9999999999")
    largest = shares(("N", "A", MOST_TOTAL - 1, half), ("N", "B", MOST_TOTAL - 1, just_less))
    assert sorted(largest.values()) == [MOST_TOTAL // 2 - 1, MOST_TOTAL // 2]
    for total, second in ((MOST_TOTAL, just_less), (MOST_TOTAL - 1, half), (1, Decimal("9E27"))):
        too_large = shares(("N", "A", total, half), ("N", "B", total, second), ("M", "A", 4, half))
        assert too_large == {("N", "A"): None, ("N", "B"): None, ("M", "A"): 4}


def test_what_cannot_be_shared_exactly_is_refused_by_name() -> None:
    rows = pl.DataFrame({"program": ["p", "p", "q"], "node": ["N", "N", "M"], "share": [None, None, 4]})
    with pytest.raises(RuleError, match=r"^p, N: the figures are too large to share the amount exactly") as refusal:
        refuse_unshared(rows, "share", "program", "node")
    assert len(refusal.value.problems) == 1
    assert refuse_unshared(rows.filter(program="q"), "share", "program", "node").height == 1


WEIGHTS = st.one_of(
    st.none(),
    st.decimals(-5, 10, places=0),
    st.decimals(0, 10**4, places=2),
    st.decimals(0, 10**14, places=10),
)


@settings(deadline=None)
@given(
    groups=st.dictionaries(
        st.sampled_from(["N", "M", None]),
        st.tuples(
            st.one_of(st.integers(-20, 20), st.integers(1 - MOST_TOTAL, MOST_TOTAL - 1)),
            st.dictionaries(st.sampled_from("ABCDEFG"), WEIGHTS, min_size=1),
        ),
        min_size=1,
    ),
    order=st.randoms(use_true_random=False),
    total_type=st.sampled_from([pl.Int64(), pl.Int128()]),
)  # fmt: skip
def test_shares_add_up_lie_within_a_unit_of_the_exact_part_and_never_depend_on_the_order(
    groups: dict[str | None, tuple[int, dict[str, Decimal | None]]],
    order: Random,
    total_type: pl.DataType,
) -> None:
    parts = [(node, member, total, weight) for node, (total, of) in groups.items() for member, weight in of.items()]
    found = shares(*parts, total_type=total_type)
    for node, (total, of) in groups.items():
        given_weights = {member: max(Fraction(weight or 0), Fraction(0)) for member, weight in of.items()}
        weights = given_weights if any(given_weights.values()) else dict.fromkeys(of, Fraction(1))
        assert sum(found[node, member] for member in of) == total
        for member, weight in weights.items():
            assert abs(found[node, member] - total * weight / sum(weights.values())) < 1
        assert {member: found[node, member] for member in of} == on_paper(total, weights)
    shuffled = list(parts)
    order.shuffle(shuffled)
    assert shares(*shuffled, total_type=total_type) == found


def on_paper(total: int, weights: dict[str, Fraction]) -> dict[str, int]:
    """Share by largest remainder with fractions, one member at a time."""
    exact = {member: abs(total) * weight / sum(weights.values()) for member, weight in weights.items()}
    result = {member: part.numerator // part.denominator for member, part in exact.items()}
    largest_first = sorted(exact, key=lambda member: (result[member] - exact[member], member))
    for member in largest_first[: abs(total) - sum(result.values())]:
        result[member] += 1
    return {member: units if total >= 0 else -units for member, units in result.items()}
