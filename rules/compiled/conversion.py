"""Units and currencies: exact conversion factors; what cannot be converted is reported, never taken 1:1."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

import polars as pl

from schemas.errors import Place, Problem, RuleError
from schemas.types import EXACT, RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

FACTORS = pl.Schema(
    {
        "product_class": pl.Int32(),
        "unit": pl.String(),
        "target": pl.String(),
        "multiplier": EXACT,
        "divisor": EXACT,
    }
)
"""quantity in `target` = quantity in `unit` times multiplier / divisor; there is one divisor per target."""

RATE_DAYS = 7
"""The largest age of an exchange rate in days; an older one does not hold for the day."""

# An EXACT has twenty digits before the point: a sum of fourteen digits times this divisor still fits.
_LARGEST_DIVISOR = 1_000_000
# In order of preference.
_SPECIFIC, _SPECIFIC_INVERSE, _GENERAL, _GENERAL_INVERSE = range(4)


def conversion_signature(conversions: pl.DataFrame) -> pl.DataFrame:
    """Return one text per product for how its units convert, so that products with the same text can share a class.

    `conversions` has product_id (null: any product), from_unit, to_unit, factor. Returns product_id, conversions.
    """
    return (
        conversions.drop_nulls("product_id")
        .sort("product_id", "from_unit", "to_unit")
        .group_by("product_id", maintain_order=True)
        .agg(conversions=pl.concat_str("from_unit", "to_unit", "factor", separator="\x1f").str.join("\x1e"))
    )


def unit_factors(conversions: pl.DataFrame, targets: Sequence[str]) -> pl.DataFrame:
    """Return the exact factor from every unit to each target unit, per product class: FACTORS.

    `conversions` has product_class (null: any), from_unit, to_unit, factor ("12", "0.5" or "1/12"). A product's own
    factor is preferred to the general one, and a stated one to the inverse of its opposite; factors are not chained.
    product_class is null where the factor is general.

    Raises:
        RuleError: the factors to one unit have no common divisor small enough to add exactly.
    """
    found: dict[tuple[int | None, str, str], tuple[int, Fraction]] = {}
    for product_class, from_unit, to_unit, text in conversions.select(
        "product_class", "from_unit", "to_unit", "factor"
    ).iter_rows():
        # A fraction, because 1/12 has no finite decimal.
        factor = Fraction(text)
        general = product_class is None
        directions = (
            ((product_class, from_unit, to_unit), _GENERAL if general else _SPECIFIC, factor),
            ((product_class, to_unit, from_unit), _GENERAL_INVERSE if general else _SPECIFIC_INVERSE, 1 / factor),
        )
        for key, rank, value in directions:
            if key[2] in targets and (key not in found or rank < found[key][0]):
                found[key] = (rank, value)
    # A common divisor per target keeps sums exact: quantities are added as integers of 1 / divisor and divided once.
    divisors = {
        target: _divisor(target, [v for (_, _, t), (_, v) in found.items() if t == target]) for target in targets
    }
    rows = [
        (product_class, unit, target, int(value * divisors[target]), divisors[target])
        for (product_class, unit, target), (_, value) in found.items()
    ]
    return pl.DataFrame(
        rows,
        schema=["product_class", "unit", "target", "multiplier", "divisor"],
        orient="row",
        infer_schema_length=None,
    ).cast(FACTORS)


def convert_quantity(cells: pl.LazyFrame, factors: pl.DataFrame) -> pl.LazyFrame:
    """Return `cells` with value (EXACT: the quantity times the target's divisor, null without a factor) and divisor.

    `cells` has unit, target, product_class and quantity.
    """
    general = factors.filter(pl.col("product_class").is_null()).drop("product_class").lazy()
    specific = factors.drop_nulls("product_class").lazy()
    divisor = factors.select("target", common="divisor").unique().lazy()
    one = pl.lit(1).cast(EXACT)
    return (
        cells.join(specific, on=["product_class", "unit", "target"], how="left")
        .join(general, on=["unit", "target"], how="left", suffix="_general")
        .join(divisor, on="target", how="left")
        .with_columns(divisor=pl.col("common").fill_null(one))
        .with_columns(
            multiplier=pl.when(pl.col("unit") == pl.col("target"))
            .then("divisor")
            .otherwise(pl.coalesce("multiplier", "multiplier_general"))
        )
        .with_columns(value=pl.col("quantity").cast(EXACT) * pl.col("multiplier"))
    )


def convert_amount(cells: pl.LazyFrame, fx_rates: pl.DataFrame, fixed_rates: pl.DataFrame) -> pl.LazyFrame:
    """Return `cells` with value (EXACT: the amount in the currency `target`, null without a rate) and priced_on.

    `cells` has program, priced_by (activity_date | period_end | fixed), currency, target, rate_date, end (the last day
    of the window) and amount; `fx_rates` from_currency, to_currency, rate_date, rate; `fixed_rates` program, currency,
    fixed_rate. The rate is the latest of the seven days up to `priced_on`; a program that fixes rates uses no other.
    """
    rates = (
        fx_rates.lazy()
        .select(
            currency="from_currency", target="to_currency", priced_on="rate_date", fx_rate=pl.col("rate").cast(RATE)
        )
        .sort("priced_on")
    )
    one = pl.lit(1).cast(EXACT)
    policy = pl.col("priced_by")
    day = pl.when(policy == "period_end").then("end").when(policy == "activity_date").then("rate_date")
    is_own = pl.col("currency") == pl.col("target")
    found = pl.when(policy == "fixed").then("fixed_rate").otherwise("fx_rate").cast(EXACT)
    return (
        cells.with_columns(priced_on=day)
        .join(fixed_rates.lazy(), on=["program", "currency"], how="left")
        # join_asof wants both sides sorted by the key; days of programs with fixed rates are null and match nothing.
        .sort("priced_on", nulls_last=False)
        .join_asof(
            rates,
            on="priced_on",
            by=["currency", "target"],
            strategy="backward",
            tolerance=f"{RATE_DAYS}d",
            check_sortedness=False,
        )
        .with_columns(fx_rate=pl.when(is_own).then(one).otherwise(found))
        .with_columns(value=pl.col("amount").cast(EXACT) * pl.col("fx_rate"))
    )


def _divisor(target: str, factors: Sequence[Fraction]) -> int:
    """Return the common divisor of all factors to one unit; refuse one too large to add exactly."""
    divisor = lcm(*(factor.denominator for factor in factors))
    if divisor > _LARGEST_DIVISOR:
        found = f"the conversions to {target!r} have the common divisor {divisor}, too large to add quantities exactly"
        todo = f"state the factors to {target!r} as decimals or with fewer different fractions"
        raise RuleError(Problem(found, todo, at=Place("unit_conversions")))
    return divisor
