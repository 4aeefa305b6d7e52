"""Sharing: which part of what a group earned is a member's, and whom the rest belongs to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from rules.rating.allocation import MOST_WEIGHT
from rules.rating.sharing import share
from schemas.types import MONEY, VALUE

KEY = {"horizon": "settled", "program": "p", "rebate": "r", "period": "2026"}
KEYS: dict[str, pl.DataType] = dict.fromkeys((*KEY, "member_id"), pl.String())
PARTS = pl.DataFrame(
    [("p", "N", "A", "1"), ("p", "N", "B", "2"), ("p", "N", "N", "3"), ("p", "M", "A", "4")],
    schema={name: pl.String() for name in ("program", "node_id", "member_id", "part")},
    orient="row",
)

Bought = tuple[str, str, str | None]
"""Part, what was counted, and what it is compared with."""


def shared(amounts: dict[str, str], *bought: Bought, kind: str = "plain", digits: int = 2) -> list[tuple[Any, ...]]:
    earned = pl.LazyFrame(
        [(*KEY.values(), node, Decimal(amount), digits) for node, amount in amounts.items()],
        schema={**KEYS, "amount": MONEY, "minor_digits": pl.Int32()},
        orient="row",
    )
    measured = pl.LazyFrame(
        [(*KEY.values(), part, kind, Decimal(now), base and Decimal(base)) for part, now, base in bought],
        schema={**KEYS, "measure_kind": pl.String(), "measure_current": VALUE, "measure_base": VALUE},
        orient="row",
    )
    rows = share(earned, measured, PARTS).collect().sort("node_id", "member_id")
    assert rows.columns == [*KEYS, "amount", "minor_digits", "node_id", "node_amount", "part"]
    assert rows["node_amount"].to_list() == [Decimal(amounts[node]) for node in rows["node_id"]]
    return rows.select("node_id", "member_id", "part", "amount").rows()


def test_what_a_node_earned_is_shared_by_what_was_bought_at_it() -> None:
    bought = [("1", "50", None), ("2", "25", None), ("3", "25", None), ("4", "1", None)]
    assert shared({"N": "10.01", "M": "5"}, *bought) == [
        ("M", "A", 1, 5),
        ("N", "A", 50, Decimal("5.01")),  # 5.005 and the two of 2.5025: the cent too many goes to the largest fraction
        ("N", "B", 25, Decimal("2.50")),
        ("N", "N", 25, Decimal("2.50")),
    ]


@pytest.mark.parametrize(("digits", "parts"), [(0, ["34", "33", "33"]), (3, ["33.334", "33.333", "33.333"])])
def test_shares_are_whole_minor_units_of_the_currency(digits: int, parts: list[str]) -> None:
    rows = shared({"N": "100"}, ("1", "1", None), ("2", "1", None), ("3", "1", None), digits=digits)
    assert [row[3] for row in rows] == [Decimal(part) for part in parts]


def test_growth_is_shared_by_the_growth_of_each() -> None:
    bought = (("1", "150", "100"), ("2", "30", None), ("3", "20", "70"))
    assert [row[2:] for row in shared({"N": "8"}, *bought, kind="growth_amount")] == [(50, 5), (30, 3), (-50, 0)]
    assert [row[2:] for row in shared({"N": "8"}, *bought, kind="growth_percent")] == [(50, 5), (30, 3), (-50, 0)]
    assert [row[2:] for row in shared({"N": "8"}, *bought, kind="target_percent")] == [
        (150, 6), (30, Decimal("1.20")), (20, Decimal("0.80")),
    ]  # fmt: skip


def test_what_is_not_shared_belongs_to_the_node() -> None:
    assert shared({"N": "10", "Z": "7"}, ("4", "1", None)) == [("N", "N", None, 10), ("Z", "Z", None, 7)]


def test_figures_too_large_to_be_shared_by_leave_the_whole_group_open() -> None:
    rows = shared({"N": "10", "M": "5"}, ("1", f"{MOST_WEIGHT}", None), ("2", "1", None), ("4", "1", None))
    assert [row[3] for row in rows] == [5, None, None]
