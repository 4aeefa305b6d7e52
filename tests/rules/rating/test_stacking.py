from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from rules.compiled.provision_table import PROVISIONS
from rules.rating.stacking import earn_in_turn, stack
from schemas.types import EXACT, VALUE

ROWS = {
    "horizon": pl.String(),
    "program": pl.String(),
    "rebate": pl.String(),
    "member_id": pl.String(),
    "period": pl.String(),
    "note": pl.String(),
    "unrounded": EXACT,
}


def agreed(policy: str, *rebates: str, whole: str = "") -> pl.DataFrame:
    """Put rebates in one group, in this order; the one named `whole` keeps its measure."""
    rows = [
        {
            "program": "p",
            "rebate": name,
            "stack_group": "g",
            "stack_policy": policy,
            "stack_rank": rank,
            "is_reduced": name != whole,
        }
        for rank, name in enumerate(rebates)
    ]
    return pl.DataFrame([*rows, {"program": "p", "rebate": "free", "is_reduced": True}], schema=PROVISIONS)


def stacked(policy: str, *paid: tuple[str, str | None], order: str = "zam") -> dict[str, Any]:
    rows = [("settled", "p", name, "M", "2026", "", None if v is None else Decimal(v)) for name, v in paid]
    found = stack(pl.LazyFrame(rows, schema=ROWS, orient="row"), agreed(policy, *order)).collect()
    assert found.schema == ROWS
    return {row["rebate"]: row["unrounded"] for row in found.iter_rows(named=True)}


@pytest.mark.parametrize(
    ("paid", "left"),
    [
        ((("z", "5"), ("a", "7"), ("m", "6")), {"z": 0, "a": 7, "m": 0}),
        ((("z", "7"), ("a", "7"), ("m", "6")), {"z": 7, "a": 0, "m": 0}),
        ((("z", "6"), ("a", "7"), ("m", "7")), {"z": 0, "a": 7, "m": 0}),
        ((("z", "0"), ("a", "0"), ("m", "0.000000000000000001")), {"z": 0, "a": 0, "m": Decimal("1E-18")}),
        ((("z", "0"), ("a", "0")), {"z": 0, "a": 0}),
        ((("m", "3"),), {"m": 3}),
        ((("z", "5"), ("free", "9")), {"z": 5, "free": 9}),
        ((("z", "5"), ("a", None)), {"z": 5, "a": None}),
    ],
)
def test_best_of_pays_the_largest_and_of_equals_the_first(paid: Any, left: Any) -> None:
    assert stacked("best_of", *paid) == left


@pytest.mark.parametrize(
    ("paid", "left"),
    [
        ((("z", "5"), ("a", "7"), ("m", "6")), {"z": 5, "a": 0, "m": 0}),
        ((("z", "0"), ("a", "7"), ("m", "8")), {"z": 0, "a": 7, "m": 0}),
        ((("a", "7"), ("m", "8")), {"a": 7, "m": 0}),
        ((("z", "0"), ("a", "0")), {"z": 0, "a": 0}),
    ],
)
def test_first_of_pays_the_first_that_pays_at_all(paid: Any, left: Any) -> None:
    assert stacked("first_of", *paid) == left


@pytest.mark.parametrize("policy", ["additive", "cascade"])
def test_other_policies_take_nothing_away(policy: str) -> None:
    assert stacked(policy, ("z", "5"), ("a", "7")) == {"z": 5, "a": 7}


def test_members_periods_horizons_and_programs_are_looked_at_apart() -> None:
    keys = [
        ("settled", "p", "M", "2026"),
        ("settled", "p", "N", "2026"),
        ("settled", "p", "M", "2027"),
        ("to_date", "p", "M", "2026"),
    ]
    rows = [
        (h, p, name, member, period, "", Decimal(paid))
        for number, (h, p, member, period) in enumerate(keys)
        for name, paid in (("z", 1 + number % 2 * 3), ("a", 2 + number))
    ]
    found = stack(pl.LazyFrame(rows, schema=ROWS, orient="row"), agreed("best_of", "z", "a")).collect()
    assert found.filter(rebate="z")["unrounded"].to_list() == [0, 4, 0, 0]
    assert found.filter(rebate="a")["unrounded"].to_list() == [2, 0, 4, 5]
    assert found.filter(rebate="z")["note"].to_list() == [
        "best_of: a is paid instead of 1",
        "",
        "best_of: a is paid instead of 1",
        "best_of: a is paid instead of 4",
    ]


def cascaded(*measured: tuple[str, str], provisions: pl.DataFrame, qualifier: str = "same") -> dict[str, Any]:
    """Earn a tenth of the measure, by rebate; gives measure, current, paid and note."""
    kinds = {"same": ("plain", "t"), "growth": ("growth_percent", "t"), "other": ("plain", "u")}
    kind, term = kinds[qualifier]
    rows = [("settled", "p", name, "M", "2026", Decimal(v), Decimal(v), "t", term, kind) for name, v in measured]
    schema = {
        "horizon": pl.String(),
        "program": pl.String(),
        "rebate": pl.String(),
        "member_id": pl.String(),
        "period": pl.String(),
        "measure_current": VALUE,
        "qualifier_current": VALUE,
        "measure_term": pl.String(),
        "qualifier_term": pl.String(),
        "qualifier_kind": pl.String(),
    }
    turns = []

    def earn(candidates: pl.LazyFrame) -> pl.LazyFrame:
        turns.append(candidates.select("rebate").collect()["rebate"].sort().to_list())
        tenth = (pl.col("measure_current").cast(EXACT) * pl.lit(Decimal("0.1")).cast(EXACT)).cast(EXACT)
        return candidates.with_columns(unrounded=tenth, note=pl.lit(""))

    candidates = pl.LazyFrame(rows, schema=schema, orient="row")
    found = earn_in_turn(candidates, provisions, earn).collect()
    assert sorted(name for turn in turns for name in turn) == sorted(name for name, _ in measured)
    columns = ["rebate", "measure_current", "qualifier_current", "unrounded", "note"]
    return {name: (*figures, note) for name, *figures, note in found.select(columns).iter_rows()}


def test_a_cascade_reckons_each_on_what_the_earlier_ones_leave() -> None:
    less = "reckoned on {} less, which earlier rebates pay"
    found = cascaded(
        ("m", "1000"), ("free", "1000"), ("a", "1000"), ("z", "1000"), provisions=agreed("cascade", *"zam")
    )
    assert found == {
        "z": (1000, 1000, 100, ""),
        "a": (900, 900, 90, less.format("100")),
        "m": (810, 810, 81, less.format("190")),
        "free": (1000, 1000, 100, ""),
    }


def test_a_rebate_may_keep_its_measure_and_still_reduce_later_ones() -> None:
    found = cascaded(("z", "1000"), ("a", "1000"), ("m", "1000"), provisions=agreed("cascade", *"zam", whole="a"))
    assert {name: row[0] for name, row in found.items()} == {"z": 1000, "a": 1000, "m": 800}
    assert found["a"][-1] == ""


def test_whoever_is_not_in_an_earlier_rebate_is_not_reduced_by_it() -> None:
    provisions = agreed("cascade", *"zam")
    assert cascaded(("m", "1000"), provisions=provisions)["m"][0] == 1000
    assert cascaded(("z", "1000"), ("m", "1000"), provisions=provisions)["m"][0] == 900


@pytest.mark.parametrize(("qualifier", "current"), [("same", 900), ("growth", 1000), ("other", 1000)])
def test_the_qualifier_is_reduced_where_it_is_the_same_figure(qualifier: str, current: int) -> None:
    found = cascaded(("z", "1000"), ("a", "1000"), provisions=agreed("cascade", *"za"), qualifier=qualifier)
    assert found["a"][:2] == (900, current)


def test_what_is_left_has_ten_decimals_like_every_measure() -> None:
    found = cascaded(("z", "0.0000000005"), ("a", "0.0000000005"), provisions=agreed("cascade", *"za"))
    assert found["z"][2] == Decimal("0.00000000005")
    assert found["a"][0] == Decimal("0.0000000005")  # 0.00000000045, the half rounded away from zero


def test_without_a_cascade_all_is_earned_at_once() -> None:
    assert cascaded(("z", "10"), ("a", "10"), provisions=agreed("best_of", *"za"))["a"] == (10, 10, 1, "")
