from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.compiled.provision_table import PROVISIONS
from rules.compiled.rebate_table import REBATES
from rules.compiled.scales import MOST_EXACT
from rules.rating.next_tier import next_tiers
from rules.rating.qualifiers import qualify
from rules.rating.tiers import TIERS, rate
from schemas.types import EXACT, MONEY, VALUE

ALMOST = pl.lit(Decimal("0.00000001")).cast(VALUE)
REBATE: dict[str, Any] = {
    name: REBATES[name]
    for name in (
        "round_digits",
        "minor_digits",
        "measure_missing_value",
        "qualifier_missing_value",
        "measure_base_term",
        "qualifier_base_term",
        "measure_when_missing",
    )
}
KEY = {"program": "p", "rebate": "r", "member_id": "M-1", "period": "2026"}


def tiers(*rows: tuple[str, bool, str, str]) -> pl.DataFrame:
    """Make segments of (bound, is_strict, a, b)."""
    return pl.DataFrame(
        [
            {
                "program": "p",
                "rebate": "r",
                "tier": number,
                "lower": Decimal(bound) + (Decimal("1E-10") if is_strict else 0),
                "bound": Decimal(bound),
                "is_strict": is_strict,
                "rate": Decimal(b),
                "fixed": Decimal(a),
                "a": Decimal(a),
                "b": Decimal(b),
                "every": None,
                "cap": None,
                "rise": 0,
                "run": 1,
                "most": MOST_EXACT,
            }
            for number, (bound, is_strict, a, b) in enumerate(rows, start=1)
        ]
    ).cast(dict(TIERS))  # type: ignore[arg-type]


COUNTS = pl.Schema(dict.fromkeys(("tier", "days", "period_days"), pl.Int32()))
NO_DAYS = dict.fromkeys(("days", "period_days"), pl.lit(None, dtype=pl.Int32))


def way(scale: pl.DataFrame, *, sold: tuple[str | None, str | None] = (None, None), **changes: Any) -> dict[str, Any]:
    """Measure the way of one member; figures as text."""
    figures = {"qualifier": "0", "measure": "0", "baseline": None, "tier": 0, "days": None, "period_days": None}
    agreed = {name: changes.pop(name) for name in list(changes) if name in PROVISIONS}
    entitlement = {**KEY, **figures, **{name: changes.pop(name) for name in list(changes) if name in figures}}
    values = dict.fromkeys(("qualifier", "measure", "baseline"), VALUE)
    entitlements = pl.DataFrame([entitlement], schema_overrides=dict.fromkeys(values, pl.String))
    rebate = {
        "program": "p", "rebate": "r", "minor_digits": 2, "qualifier_kind": "plain", "measure_term": "m",
        "qualifier_term": "m", "round_digits": None, "measure_counted": "revenue", "measure_kind": "plain",
        "measure_base_term": None, "qualifier_base_term": None, **changes,
    }  # fmt: skip
    amounts = [{**KEY, "amount": sold[0] and Decimal(sold[0]), "quantity": sold[1] and Decimal(sold[1])}]
    types: dict[str, Any] = dict.fromkeys(KEY, pl.String) | {
        "amount": pl.Decimal(38, 4),
        "quantity": pl.Decimal(38, 6),
    }
    found = next_tiers(
        entitlements.with_columns(pl.col(list(values)).str.to_decimal(scale=10).cast(VALUE)).cast(COUNTS),
        scale,
        pl.DataFrame([rebate], schema_overrides=REBATE),
        pl.DataFrame(amounts, schema=types),
        provisions=pl.DataFrame([{"program": "p", "rebate": "r", "prorate": "none", **agreed}], schema=PROVISIONS),
    )
    assert found.height == 1
    row: dict[str, Any] = found.to_dicts()[0]
    return {name: f"{value.normalize():f}" if isinstance(value, Decimal) else value for name, value in row.items()}


REVENUE = tiers(("25000", False, "0", "0.01"), ("50000", True, "0", "0.02"))


def test_revenue_missing_is_told_in_money_and_goods() -> None:
    row = way(REVENUE, qualifier="12340.5", measure="12340.5", sold=(None, "411.35"))
    assert (row["next_tier"], row["missing"], row["missing_amount"]) == (1, "12659.5", "12659.5")
    assert row["missing_quantity"] == "422"  # 12,659.50 at 30.00 each is 421.98
    assert row["next_amount"] == "250"  # 1% of the 25,000 that reach it


def test_strictly_above_asks_for_a_cent_more_than_the_bound() -> None:
    row = way(REVENUE, qualifier="50000", measure="50000", tier=1)
    assert (row["next_tier"], row["missing"], row["missing_amount"]) == (2, "0.0000000001", "0.01")
    assert row["missing_quantity"] is None
    assert row["next_amount"] == "1000"


def test_the_last_tier_and_a_skipped_qualifier_have_no_way_up() -> None:
    for row in (way(REVENUE, qualifier="60000", tier=2), way(REVENUE, qualifier=None)):
        assert {row[name] for name in row if name not in KEY} == {None}


@pytest.mark.parametrize(
    ("round_digits", "scale", "qualifier", "measure", "missing"),
    [
        (0, ("5", False), "4", "104", "0.5"),  # 4.5 % rounds up to 5
        (0, ("7", True), "7", "107", "0.5"),  # above 7 is 8, from 7.5 on
        (1, ("5", False), "4.9", "104.9", "0.05"),  # 4.95 rounds up
        (None, ("5", False), "4.9999999999", "104.9999999999", "0.0000000001"),
        (0, ("-5", False), "-7", "93", "1.5000000001"),  # -5.5 rounds to -6: it must be passed
    ],
)
def test_growth_takes_the_rounding_of_the_rule_into_account(
    round_digits: int | None, scale: tuple[str, bool], qualifier: str, measure: str, missing: str
) -> None:
    row = way(
        tiers((*scale, "2000", "0")),
        qualifier=qualifier,
        measure=measure,
        baseline="100",
        round_digits=round_digits,
        qualifier_kind="growth_percent",
    )
    assert (row["missing_measure"], row["next_amount"]) == (missing, "2000")


def test_growth_of_an_amount() -> None:
    row = way(
        tiers(("500", False, "10", "0")),
        qualifier="120",
        measure="1120",
        baseline="1000",
        qualifier_kind="growth_amount",
    )
    assert (row["missing"], row["missing_measure"], row["missing_amount"]) == ("380", "380", "380")


def test_a_target_asks_for_its_part_of_the_figure() -> None:
    row = way(
        tiers(("100", False, "0", "0.01")), qualifier="99.999", measure="999.99", baseline="1000",
        qualifier_kind="target_percent", qualifier_base_term="target",
    )  # fmt: skip
    assert (row["missing"], row["missing_measure"], row["missing_amount"]) == ("0.001", "0.01", "0.01")
    assert row["next_amount"] == "10"


@pytest.mark.parametrize("kind", ["growth_percent", "share_percent", "target_percent", "growth_amount"])
def test_a_figure_that_is_measure_and_qualifier_grows_by_what_is_missing(kind: str) -> None:
    row = way(
        tiers(("10", False, "0", "2")), qualifier="4.5", measure="4.5", baseline="7", qualifier_kind=kind,
        measure_kind=kind, measure_base_term="b", qualifier_base_term="b", sold=("30", "3"),
    )  # fmt: skip
    assert (row["missing"], row["missing_measure"], row["next_amount"]) == ("5.5", "5.5", "20")
    in_money_and_goods = (row["missing_amount"], row["missing_quantity"])
    assert in_money_and_goods == (("5.5", "1") if kind == "growth_amount" else (None, None))


@pytest.mark.parametrize(
    "changes",
    [
        {"qualifier_kind": "share_percent"},  # what is bought of the part is bought of the whole too, or it may not be
        {"qualifier_kind": "growth_percent", "measure_kind": "growth_amount"},
        {"measure_kind": "growth_percent", "qualifier_kind": "growth_percent", "qualifier_base_term": "another"},
    ],
)
def test_what_the_measure_does_to_another_figure_is_not_told(changes: dict[str, Any]) -> None:
    row = way(tiers(("10", False, "1", "0")), qualifier="4", measure="4", baseline="7", sold=("30", "3"), **changes)
    told = [row[name] for name in ("missing", "missing_measure", "missing_amount", "missing_quantity", "next_amount")]
    assert told == ["6", None, None, None, "1"]


def test_orders_missing_are_neither_money_nor_goods() -> None:
    row = way(tiers(("10", False, "0", "2")), qualifier="4", measure="4", measure_counted="orders", sold=("30", "3"))
    assert (row["missing_measure"], row["missing_amount"], row["missing_quantity"]) == ("6", None, None)
    assert row["next_amount"] == "20"


def test_growth_without_a_baseline_is_told_in_its_own_terms_only() -> None:
    for baseline in (None, "0", "-5"):
        row = way(
            tiers(("500", False, "0", "0.1")), qualifier="100", measure="40", baseline=baseline,
            qualifier_kind="growth_percent",
        )  # fmt: skip
        assert (row["missing"], row["missing_measure"], row["missing_amount"]) == ("400", None, None)
        assert row["next_amount"] == "4"  # on the measure so far


def test_a_qualifier_of_something_else_does_not_move_the_measure() -> None:
    row = way(tiers(("10", False, "5", "0.1")), qualifier="4", measure="1000", qualifier_term="other")
    assert (row["missing"], row["missing_measure"], row["next_amount"]) == ("6", None, "105")


def test_quantity_missing_is_told_in_whole_goods_and_in_money() -> None:
    row = way(
        tiers(("500", False, "0", "0.25")), qualifier="432.5", measure="432.5", measure_counted="quantity",
        sold=("1000", "3"), minor_digits=0,
    )  # fmt: skip
    assert (row["missing_measure"], row["missing_quantity"], row["missing_amount"]) == ("67.5", "68", "157")
    assert row["next_amount"] == "125"


def test_marginal_pays_what_its_slices_add_up_to_at_the_bound() -> None:
    scale = tiers(("0", False, "0", "0.01"), ("1000", False, "-10", "0.02"))
    row = way(scale, qualifier="400", measure="400", tier=1)
    assert row["next_amount"] == "10"


@pytest.mark.parametrize(
    ("measure", "quantity"),
    [("0", "5"), ("-10", "5"), ("10", "0"), ("10", "-1"), ("0.0001", "999999999"), ("10", None)],
)
def test_a_price_that_means_nothing_is_left_out(measure: str, quantity: str | None) -> None:
    row = way(REVENUE, qualifier=measure, measure=measure, sold=("10", quantity))
    assert row["missing_amount"]
    assert row["missing_quantity"] is None


def test_goods_of_several_currencies_have_no_price() -> None:
    row = way(
        tiers(("500", False, "0", "0.25")),
        qualifier="400",
        measure="400",
        measure_counted="quantity",
        sold=(None, "400"),
    )
    assert (row["missing_quantity"], row["missing_amount"]) == ("100", None)


def test_large_figures_fit() -> None:
    scale = tiers(("99999999999999", False, "0", "0.12345678"))
    row = way(scale, qualifier="0.01", measure="0.01", sold=("999999999999", "1000000"), minor_digits=3)
    assert row["missing_amount"] == "99999999999998.99"
    assert row["missing_quantity"] is None


def test_where_bounds_are_prorated_the_way_is_to_the_part_of_the_bound() -> None:
    part: dict[str, Any] = {"prorate": "thresholds", "days": 1, "period_days": 3}
    row = way(REVENUE, qualifier="100", measure="100", **part)
    assert (row["missing"], row["missing_amount"]) == ("8233.3333333334", "8233.34")  # 25,000 / 3 is 8,333.3333…
    assert (row["next_bound"], row["next_amount"]) == ("25000", "83.33")
    row = way(REVENUE, qualifier="16666.6666666666", measure="16666.6666666666", tier=1, **part)
    assert row["missing"] == "0.0000000001"
    row = way(REVENUE, qualifier="8333.3333333334", measure="8333.3333333334", tier=1, **part)
    assert row["missing"] == "8333.3333333333"  # 50,000 / 3 is 16,666.66…, and above it begins at …6667
    strict = tiers(("30", True, "0", "0.01"))
    assert way(strict, qualifier="9", measure="9", **part)["missing"] == "1.0000000001"
    assert way(REVENUE, prorate="payout", days=1, period_days=3)["missing"] == "25000"
    assert way(REVENUE, prorate="thresholds", days=3, period_days=3)["missing"] == "25000"
    assert way(REVENUE, prorate="thresholds", days=0, period_days=3)["missing"] is None


def test_the_next_tier_pays_no_more_than_the_limit() -> None:
    assert way(REVENUE, cap=Decimal(249))["next_amount"] == "249"
    assert way(REVENUE, cap=Decimal(251))["next_amount"] == "250"
    assert way(REVENUE, prorate="thresholds", days=1, period_days=2, cap=Decimal(249))["next_amount"] == "124.5"


@pytest.mark.parametrize(("rank", "is_reduced", "missing"), [(0, True, "25000"), (1, True, None), (1, False, "25000")])
def test_what_a_cascade_leaves_is_not_told_as_a_distance(rank: int, missing: str | None, *, is_reduced: bool) -> None:
    row = way(REVENUE, stack_policy="cascade", stack_rank=rank, is_reduced=is_reduced)
    assert (row["missing"], row["missing_amount"]) == ("25000", missing)


def test_no_entitlements_no_rows() -> None:
    figures = dict.fromkeys(("qualifier", "measure", "baseline"), VALUE)
    key = dict.fromkeys(KEY, pl.String)
    found = next_tiers(
        pl.DataFrame(schema={**key, **figures, **COUNTS}),
        REVENUE,
        pl.DataFrame(schema=REBATES),
        pl.DataFrame(schema={**key, "amount": MONEY, "quantity": EXACT}),
        provisions=PROVISIONS.to_frame(),
    )
    assert found.is_empty()


AMOUNTS = st.decimals("0.01", "1000000", places=2)
CASES = st.fixed_dictionaries(
    {
        "baseline": AMOUNTS,
        "measure": AMOUNTS,
        "bounds": st.lists(st.integers(-20, 200), min_size=1, max_size=4, unique=True).map(sorted),
        "is_strict": st.booleans(),
        "qualifier_kind": st.sampled_from(["plain", "growth_amount", "growth_percent", "target_percent"]),
        "round_digits": st.sampled_from([None, 0, 1, 2]),
    }
)
FIXED = {
    "minor_digits": 2,
    "measure_term": "m",
    "qualifier_term": "m",
    "measure_counted": "revenue",
    "measure_kind": "plain",
    "measure_base": None,
    "measure_base_term": None,
    "measure_when_missing": None,
    "measure_missing_value": None,
    "qualifier_when_missing": "skip",
    "qualifier_missing_value": None,
}


@settings(max_examples=10, deadline=None)
@given(st.lists(CASES, min_size=40, max_size=60))
def test_what_is_said_to_be_missing_reaches_the_next_tier_and_less_does_not(cases: list[dict[str, Any]]) -> None:
    keys = [KEY | {"program": f"p{n}"} for n in range(len(cases))]
    scale = pl.concat(
        tiers(*((str(bound), case["is_strict"], "0", "0.01") for bound in case["bounds"])).with_columns(
            program=pl.lit(key["program"])
        )
        for key, case in zip(keys, cases, strict=True)
    )
    rows = [key | FIXED | {"qualifier_base_term": None} | case for key, case in zip(keys, cases, strict=True)]
    types: dict[str, Any] = {**REBATE, "measure_base": VALUE, "bounds": pl.List(pl.Int64)}
    asked = pl.DataFrame(rows, schema_overrides=types).with_columns(pl.col("baseline", "measure").cast(VALUE))

    def stand(measure: pl.Expr) -> pl.DataFrame:
        current = measure.cast(VALUE)
        candidates = asked.with_columns(
            measure_current=current, qualifier_current=current, qualifier_base="baseline"
        ).lazy()
        return rate(qualify(candidates), scale).sort("program").collect()

    here = stand(pl.col("measure"))
    sold = pl.DataFrame(schema={**dict.fromkeys(KEY, pl.String), "amount": MONEY, "quantity": VALUE})
    rebates = asked.drop("member_id", "period", "measure", "baseline", "measure_base")
    stands = here.select(*KEY, "qualifier", "measure", "baseline", "tier", **NO_DAYS)
    way_up = next_tiers(stands, scale, rebates, sold, provisions=PROVISIONS.to_frame())
    asked = asked.join(way_up, on=list(KEY))
    there, almost = (
        stand(pl.col("measure") + pl.col("missing_measure")),
        stand(
            pl.col("measure")
            + pl.col("missing_measure")
            - pl.max_horizontal("baseline", pl.lit(1).cast(VALUE)) * ALMOST
        ),
    )
    found = here.select("program", "tier", "bounds").join(there.select("program", there="tier"), on="program")
    found = found.join(almost.select("program", almost="tier"), on="program").join(way_up, on="program")
    on_the_last = found.filter(pl.col("tier") == pl.col("bounds").list.len())
    assert on_the_last["next_tier"].null_count() == on_the_last.height
    climbing = found.filter(pl.col("tier") < pl.col("bounds").list.len())
    assert climbing.filter(pl.col("there") <= pl.col("tier")).is_empty()
    assert climbing.filter(pl.col("almost") > pl.col("tier")).is_empty()
