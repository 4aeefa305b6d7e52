"""The distance of a member from the next tier: what is missing, in goods and money, and what reaching it would pay."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from rules.money import MOST_MONEY, round_decimal, round_money
from rules.rating.integers import part_of_bound
from rules.rating.limits import cap
from rules.rating.proration import PART, rate_by_days
from schemas.types import EXACT, MONEY, VALUE

NEXT_TIER_KEY = ("program", "rebate", "member_id", "period")
"""What one member's progress belongs to."""

PROGRESS_COLUMNS = (
    *NEXT_TIER_KEY, "next_tier", "next_bound", "next_is_strict", "missing", "missing_measure", "missing_amount",
    "missing_quantity", "next_amount",
)  # fmt: skip

_SMALLEST = Decimal("1E-10")
_STEPS = {digits: Decimal(1).scaleb(-digits) for digits in range(11)}
# Times the highest price this is 1E18, which an EXACT with twenty digits before the point still holds.
_LARGEST_SALES = Decimal("1E12")
_PRICES = (Decimal("0.0001"), Decimal(1000000))
"""Outside this range the average price is left out: it would be no help, and the product might not fit an EXACT."""


def next_tiers(
    entitlements: pl.DataFrame,
    tiers: pl.DataFrame,
    rebates: pl.DataFrame,
    sold: pl.DataFrame,
    *,
    provisions: pl.DataFrame,
) -> pl.DataFrame:
    """Return how far each member is from the next tier of each rebate.

    entitlements: NEXT_TIER_KEY, qualifier, measure, baseline, tier, days and period_days, of horizon to_date. tiers:
    see rules.rating.tiers.compile_tiers. rebates: as in rules.compiled.rebate_table.REBATES. sold: NEXT_TIER_KEY, and
    of the transactions that the measure counts amount (null unless all are in the rebate's currency) and quantity (null
    unless all are in one unit). provisions: see rules.compiled.provision_table.

    Returns PROGRESS_COLUMNS, one row per entitlement, sorted. `missing` is in the unit of the qualifier (percentage
    points for growth). `missing_measure` is how much the measure must grow, exactly; null where the qualifier is
    computed from something else, or from what a cascade leaves. `missing_amount` and `missing_quantity` say the same in
    money and goods, if the measure is either; the other one is converted at the average price so far and rounded up so
    that it suffices. `next_amount` is what the next tier pays on the measure so far, or on the measure that reaches it
    where that is known, within the limit of the rebate, if the books can hold it. Where bounds are prorated, the
    distance is to the prorated bound. All are null on the last tier, where there is no qualifier, and for a member that
    takes part on no day of a prorated period.
    """
    upward = tiers.lazy().select(
        "program", "rebate", next_tier="tier", next_lower="lower", next_bound="bound", next_is_strict="is_strict"
    )
    ahead = (
        entitlements.lazy()
        .drop("prorate", strict=False)
        .filter(pl.col("qualifier").is_not_null(), (pl.col("days") > 0).fill_null(value=True))
        .with_columns(next_tier=pl.col("tier") + 1)
        .join(rebates.lazy(), on=["program", "rebate"])
        .join(_agreed(provisions), on=["program", "rebate"], how="left")
        .join(upward, on=["program", "rebate", "next_tier"])
        .with_columns(next_lower=_next_lower())
        .with_columns(missing=(pl.col("next_lower") - pl.col("qualifier")).cast(VALUE))
        .pipe(_with_aim)
        .pipe(_with_missing_measure)
        .pipe(_in_goods_and_money, sold.lazy())
        .pipe(_at_next_tier, tiers, provisions)
        .select(PROGRESS_COLUMNS)
    )
    keys = entitlements.lazy().select(NEXT_TIER_KEY)
    return keys.join(ahead, on=NEXT_TIER_KEY, how="left").sort(NEXT_TIER_KEY).collect()


def _agreed(provisions: pl.DataFrame) -> pl.LazyFrame:
    """Return prorate and is_cascaded (reduced by earlier rebates of its cascade) of each program and rebate."""
    is_later = (pl.col("stack_policy") == "cascade") & (pl.col("stack_rank") > 0) & pl.col("is_reduced")
    return provisions.lazy().select("program", "rebate", "prorate", is_cascaded=is_later)


def _with_missing_measure(ahead: pl.LazyFrame) -> pl.LazyFrame:
    """Return `ahead` with the growth of the measure that takes the qualifier, rounded as agreed, to the next tier."""
    baseline, aim, kind = pl.col("baseline").cast(EXACT), pl.col("aim"), pl.col("qualifier_kind")
    share = baseline * (aim * pl.lit(Decimal("0.01")).cast(EXACT))
    is_one_term = pl.col("measure_term") == pl.col("qualifier_term")
    is_one_base = pl.col("measure_base_term").eq_missing(pl.col("qualifier_base_term"))
    is_itself = is_one_term & is_one_base & (pl.col("measure_kind") == kind)
    # A share is left out: what is bought of the part is bought of the whole too, or it may not be.
    is_compared = is_one_term & (pl.col("measure_kind") == "plain") & (pl.col("baseline") > 0)
    compared = (
        pl.when(kind == "growth_amount")
        .then(baseline + aim)
        .when(kind == "growth_percent")
        .then(baseline + share)
        .when(kind == "target_percent")
        .then(share)
    )
    # Of a cascade's later rebates it is not known: each purchase also adds to what the earlier ones take off.
    target = pl.when("is_cascaded").then(None).when(is_itself).then(aim).when(is_compared).then(compared)
    short = (target - pl.col("measure").cast(EXACT)).cast(EXACT)
    return _raise(ahead, missing_measure=(short, 10)).with_columns(pl.col("missing_measure").cast(VALUE))


def _with_aim(ahead: pl.LazyFrame) -> pl.LazyFrame:
    """Return `ahead` with aim, the lowest figure that rounding (half away from zero) lifts to the next tier's bound."""
    lower, digits, rounded = pl.col("next_lower").cast(EXACT), pl.col("round_digits"), pl.col("rounded")
    half_below = rounded - _step(digits) * pl.lit(Decimal("0.5")).cast(EXACT)
    # A negative half is rounded down, away from zero: it must be exceeded, not met.
    passed = half_below + pl.lit(_SMALLEST).cast(EXACT)
    aim = pl.when(digits.is_null()).then(lower).when(rounded > 0).then(half_below).otherwise(passed)
    return _raise(ahead, rounded=(lower, digits)).with_columns(aim=aim)


def _in_goods_and_money(ahead: pl.LazyFrame, sold: pl.LazyFrame) -> pl.LazyFrame:
    """Return `ahead` with missing_amount (MONEY) and missing_quantity (VALUE)."""
    kind, counted = pl.col("measure_kind"), pl.col("measure_counted")
    is_amount = kind.is_in(["plain", "growth_amount"])
    is_money, is_goods = (is_amount & (counted == what) for what in ("revenue", "quantity"))
    sold_amount, sold_quantity = (pl.col(f"sold_{what}").cast(VALUE) for what in ("amount", "quantity"))
    amount = pl.when(is_money & (kind == "plain")).then("measure").otherwise(sold_amount)
    quantity = pl.when(is_goods & (kind == "plain")).then("measure").otherwise(sold_quantity)
    is_plain = (amount > 0) & (amount < _LARGEST_SALES) & (quantity > pl.lit(_PRICES[0]))
    # Both are nulled where there is no price: polars evaluates every row, also those whose quotient would not fit.
    price = pl.when(is_plain).then(amount).cast(EXACT) / pl.when(is_plain).then(quantity).cast(EXACT)
    short = pl.col("missing_measure").cast(EXACT)
    priceable = pl.when(pl.col("missing_measure") < _LARGEST_SALES).then(short)
    in_money = pl.when(is_money).then(short).when(is_goods).then(priceable * pl.col("price"))
    in_goods = pl.when(is_goods).then(short).when(is_money).then(priceable / pl.col("price"))
    totals = sold.select(*NEXT_TIER_KEY, sold_amount="amount", sold_quantity="quantity")
    priced = (
        ahead.join(totals, on=NEXT_TIER_KEY, how="left")
        .with_columns(price=price)
        .with_columns(price=pl.when(pl.col("price").is_between(*_PRICES)).then("price"))
    )
    raised = _raise(priced, missing_amount=(in_money, pl.col("minor_digits")), missing_quantity=(in_goods, 0))
    return raised.with_columns(pl.col("missing_amount").cast(MONEY), pl.col("missing_quantity").cast(VALUE))


def _next_lower() -> pl.Expr:
    """Return the bound of the next tier, prorated where the agreement prorates thresholds."""
    is_part = (pl.col("prorate") == "thresholds") & (pl.col("days") < pl.col("period_days"))
    of_part = part_of_bound(pl.col("next_bound"), PART, is_strict=pl.col("next_is_strict"))
    return pl.when(is_part).then(of_part).otherwise("next_lower")


def _at_next_tier(ahead: pl.LazyFrame, tiers: pl.DataFrame, provisions: pl.DataFrame) -> pl.LazyFrame:
    """Return `ahead` with next_amount, what the next tier would pay (MONEY); null where the books cannot hold it."""
    reached = pl.col("measure") + pl.col("missing_measure").fill_null(pl.lit(0).cast(VALUE))
    there = ahead.with_columns(qualifier="next_lower", measure=reached.cast(VALUE), note=pl.lit("")).drop("tier")
    sure = pl.when(pl.col("unrounded") < MOST_MONEY).then("unrounded")
    paid = round_money(sure, pl.col("minor_digits")).cast(MONEY)
    return there.pipe(rate_by_days, tiers, provisions).pipe(cap, provisions).with_columns(next_amount=paid)


def _raise(frame: pl.LazyFrame, **figures: tuple[pl.Expr, int | pl.Expr]) -> pl.LazyFrame:
    """Return `frame` with figures rounded up to their decimals: a distance, unlike money, must never be too short.

    In steps, so that a figure is computed once and not again in every branch of its rounding.
    """
    nearest = {f"{name} nearest": round_decimal(pl.col(name), digits) for name, (_, digits) in figures.items()}
    raised = {
        name: pl.when(pl.col(f"{name} nearest") < pl.col(name))
        .then(pl.col(f"{name} nearest") + _step(digits))
        .otherwise(f"{name} nearest")
        for name, (_, digits) in figures.items()
    }
    exact = {name: figure for name, (figure, _) in figures.items()}
    return frame.with_columns(**exact).with_columns(**nearest).with_columns(**raised).drop(*nearest)


def _step(digits: int | pl.Expr) -> pl.Expr:
    """Return one unit of the last of `digits` decimals, as an EXACT; null where `digits` is null."""
    if isinstance(digits, int):
        return pl.lit(_STEPS[digits]).cast(EXACT)
    return digits.cast(pl.Int32).replace_strict(_STEPS, default=None, return_dtype=EXACT)
