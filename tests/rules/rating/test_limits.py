from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from rules.compiled.provision_table import PROVISIONS
from rules.rating.limits import cap, lift
from rules.rating.program_limits import cap_programs, hold_programs, with_settled
from schemas.types import EXACT, MONEY

EARNED = pl.Schema(
    {
        "horizon": pl.String(),
        "program": pl.String(),
        "rebate": pl.String(),
        "member_id": pl.String(),
        "period": pl.String(),
        "tier": pl.Int32(),
        "days": pl.Int32(),
        "program_days": pl.Int32(),
        "period_days": pl.Int32(),
        "minor_digits": pl.Int32(),
        "note": pl.String(),
        "unrounded": EXACT,
    }
)


def earned(*rows: dict[str, Any]) -> pl.LazyFrame:
    usual = {
        "horizon": "settled",
        "program": "p",
        "rebate": "r",
        "member_id": "M",
        "period": "2026-Q1",
        "tier": 1,
        "minor_digits": 2,
        "note": "",
    }
    cells = [usual | row for row in rows]
    return pl.LazyFrame([{**row, "unrounded": amount(row["unrounded"])} for row in cells], schema=EARNED)


def amount(figure: Any) -> Decimal | None:
    return None if figure is None else Decimal(figure)


def agreed(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {"program": "p", "rebate": "r", "prorate": "none", "program_prorate": "none", "is_unconditional": False}
    return pl.DataFrame([usual | row for row in rows], schema=PROVISIONS)


def found(frame: pl.LazyFrame) -> tuple[Any, str]:
    [row] = frame.select("unrounded", "note").collect().rows()
    return row


@pytest.mark.parametrize(
    ("tier", "unrounded", "expected"),
    [
        (1, "99.999999999999999999", ("100", "guaranteed 100")),
        (1, "100", ("100", "")),
        (1, "100.01", ("100.01", "")),
        (1, "0", ("100", "guaranteed 100")),
        (0, "0", ("0", "")),
        (1, None, (None, "")),
    ],
)
def test_a_guarantee_lifts_what_a_tier_pays(tier: int, unrounded: str | None, expected: tuple[Any, str]) -> None:
    provisions = agreed({"guarantee": Decimal(100)})
    row = {"tier": tier, "unrounded": unrounded}
    assert found(lift(earned(row), provisions, is_final=pl.lit(value=True))) == (amount(expected[0]), expected[1])
    before = lift(earned(row), provisions, is_final=pl.lit(value=False))
    assert found(before) == (amount(unrounded), "")


def test_an_unconditional_guarantee_and_a_rebate_without_one() -> None:
    provisions = agreed({"guarantee": Decimal("0.5"), "is_unconditional": True}, {"rebate": "s"})
    rows = earned({"tier": 0, "unrounded": 0, "note": "said"}, {"rebate": "s", "tier": 1, "unrounded": 0})
    lifted = lift(rows, provisions, is_final=pl.lit(value=True)).sort("rebate").collect()
    assert lifted.select("unrounded", "note").rows() == [(Decimal("0.5"), "said; guaranteed 0.5"), (0, "")]
    assert lifted.schema == EARNED


@pytest.mark.parametrize(
    ("prorate", "days", "unrounded", "expected"),
    [
        ("none", None, "100", ("100", "")),
        ("none", None, "100.000000000000000001", ("100", "limited to 100")),
        ("none", None, None, (None, "")),
        ("payout", 30, "100", ("100", "")),
        ("thresholds", 90, "100", ("100", "")),
        ("thresholds", 30, "33.333333333333333333", ("33.333333333333333333", "")),
        ("thresholds", 30, "33.333333333333333334", ("33.333333333333333333", "limited to 33.3333")),
        ("thresholds", 0, "1", ("0", "limited to 0")),
    ],
)
def test_a_limit_cuts_what_is_above_it(
    prorate: str, days: int | None, unrounded: str | None, expected: tuple[Any, str]
) -> None:
    provisions = agreed({"cap": Decimal(100), "prorate": prorate}, {"rebate": "s"})
    rows = earned(
        {"unrounded": unrounded, "days": days, "period_days": days if days is None else 90},
        {"rebate": "s", "unrounded": 999},
    )
    capped = cap(rows, provisions)
    assert found(capped.filter(pl.col("rebate") == "r")) == (amount(expected[0]), expected[1])
    assert found(capped.filter(pl.col("rebate") == "s")) == (999, "")
    assert capped.collect_schema() == EARNED


def test_what_nobody_agreed_on_changes_no_plan() -> None:
    rows = earned({"unrounded": 1})
    assert lift(rows, agreed({}), is_final=pl.lit(value=True)) is rows
    assert cap(rows, agreed({})) is rows
    assert cap_programs(rows, agreed({})) is rows


def served(*paid: tuple[str, str | None], program_cap: str = "100", **more: Any) -> list[Any]:
    """Hold rebates, in the order of the file, to the limit of the program; gives unrounded of each."""
    terms = {"program_cap": Decimal(program_cap), **more.pop("agreed", {})}
    provisions = agreed(*({"rebate": name, "position": place, **terms} for place, (name, _) in enumerate(paid)))
    rows = earned(*({"rebate": name, "unrounded": figure, **more} for name, figure in reversed(paid)))
    capped = cap_programs(rows, provisions).sort("position").collect()
    return capped["unrounded"].to_list()


def test_the_first_rebates_of_the_file_are_served_first() -> None:
    assert served(("z", "60"), ("a", "40"), ("m", "5")) == [60, 40, 0]
    assert served(("z", "60"), ("a", "40.5"), ("m", "0")) == [60, 40, 0]
    assert served(("z", "0"), ("a", "40.5"), ("m", "70")) == [0, Decimal("40.5"), Decimal("59.5")]
    assert served(("z", "120"), ("a", "1")) == [100, 0]
    assert served(("z", None), ("a", "40")) == [None, 40]


@pytest.mark.parametrize(("prorate", "most"), [("thresholds", 50), ("payout", 100), ("none", 100)])
def test_the_limit_of_a_program_follows_its_own_proration(prorate: str, most: int) -> None:
    terms = {"program_prorate": prorate, "prorate": "payout"}
    assert served(("z", "30"), ("a", "90"), agreed=terms, days=15, program_days=45, period_days=90) == [30, most - 30]


def test_members_periods_and_horizons_have_limits_of_their_own() -> None:
    provisions = agreed({"position": 0, "program_cap": Decimal(10)})
    keys = [{"member_id": "N"}, {"period": "2026-Q2"}, {"horizon": "to_date"}, {}]
    capped = cap_programs(earned(*({"unrounded": 7, **key} for key in keys)), provisions).collect()
    assert capped["unrounded"].to_list() == [7] * 4


def test_rounded_amounts_stay_within_the_limit_too() -> None:
    provisions = agreed(
        *({"rebate": name, "position": place, "program_cap": Decimal(1)} for place, name in enumerate("zam"))
    )
    rows = earned(*({"rebate": name, "unrounded": "0.335"} for name in "zam"))
    rounded = cap_programs(rows, provisions).with_columns(amount=pl.lit(Decimal("0.34")).cast(MONEY))
    held = hold_programs(rounded, provisions).sort("rebate").collect()
    assert held.select("rebate", "amount").rows() == [
        ("a", Decimal("0.34")),
        ("m", Decimal("0.32")),
        ("z", Decimal("0.34")),
    ]
    assert "program_cap" not in held.columns


def test_what_is_wholly_settled_counts_in_the_sums_to_date() -> None:
    rows = earned(
        {"rebate": "year", "unrounded": 50},
        {"rebate": "year", "horizon": "to_date", "unrounded": 80},
        {"rebate": "done", "unrounded": 30},
    )
    everything = with_settled(rows).collect()
    assert sorted(everything.select("horizon", "rebate", "unrounded", "is_copy").rows()) == [
        ("settled", "done", 30, False),
        ("settled", "year", 50, False),
        ("to_date", "done", 30, True),
        ("to_date", "year", 80, False),
    ]
