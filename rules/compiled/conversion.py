"""Units and currencies: exact conversion factors; what cannot be converted is reported, never taken 1:1."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from schemas.types import EXACT, RATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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

# A quantity sums to twenty digits, six of them after the point; times a factor of seventeen it fits 128 bits.
_LARGEST = 10**17
_LARGEST_FACTOR = 10**12
_SUM = pl.Decimal(38, 6)
# In order of preference.
_SPECIFIC, _SPECIFIC_INVERSE, _GENERAL, _GENERAL_INVERSE = range(4)
_ROUNDING = 100  # the inverse of a factor may be rounded by a hundredth of it: 1/12 as 0.083


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
    product_class is null where the factor is general. The multiplier is null where conversions of the same units
    contradict each other (rules.compiled.contradictions names them), or cannot be added exactly with the others: what
    is in that unit is then reported as not converted.
    """
    wanted = {folded(target): target for target in targets}
    stated: dict[_Key, dict[int, set[Fraction]]] = {}
    for key, rank, value in _directions(conversions):
        if key[2] in wanted:
            stated.setdefault(key, {}).setdefault(rank, set()).add(value)
    found = {key: _preferred(values) for key, values in stated.items()}
    rows = []
    for unit_meant, target in wanted.items():
        of_target = {key: factor for key, factor in found.items() if key[2] == unit_meant}
        divisor = _common_divisor(of_target.values())
        rows += [
            (product_class, unit, target, _multiplier(factor, divisor), divisor)
            for (product_class, unit, _), factor in of_target.items()
        ]
    return pl.DataFrame(
        rows,
        schema=["product_class", "unit", "target", "multiplier", "divisor"],
        orient="row",
        infer_schema_length=None,
    ).cast(FACTORS)


_Key: TypeAlias = tuple[int | None, str, str]
"""Product class, unit and target, the last two folded."""


def contradict(factor: Fraction, other: Fraction) -> bool:
    """Return whether two factors mean different things, and not only one of them rounded, as 0.4536 and 2.2046 are."""
    return abs(factor - other) * _ROUNDING > max(factor, other)


def _preferred(stated: dict[int, set[Fraction]]) -> Fraction | None:
    """Return the factor of the best rank; None where another contradicts it: which is right cannot be known."""
    best = min(stated)
    [factor, *others] = sorted(stated[best])
    opposite = stated.get(best + 1, set()) if best in {_SPECIFIC, _GENERAL} else set()
    return None if others or any(contradict(factor, inverse) for inverse in opposite) else factor


def _directions(conversions: pl.DataFrame) -> Iterator[tuple[_Key, int, Fraction]]:
    """Yield each factor, and its inverse for the opposite direction, with its rank."""
    for product_class, from_unit, to_unit, text in conversions.select(
        "product_class", "from_unit", "to_unit", "factor"
    ).iter_rows():
        factor, start, end = Fraction(text), folded(from_unit), folded(to_unit)
        general = product_class is None
        yield (product_class, start, end), _GENERAL if general else _SPECIFIC, factor
        yield (product_class, end, start), _GENERAL_INVERSE if general else _SPECIFIC_INVERSE, 1 / factor


def _common_divisor(factors: Iterable[Fraction | None]) -> int:
    """Return a divisor of as many factors as can be added exactly, the simplest first.

    One divisor per target keeps sums exact: quantities are added as integers of 1 / divisor and divided once.
    """
    divisor = 1
    for denominator in sorted({factor.denominator for factor in factors if factor is not None}):
        common = lcm(divisor, denominator)
        divisor = common if common <= _LARGEST else divisor
    return divisor


def _multiplier(factor: Fraction | None, divisor: int) -> int | None:
    """Return the numerator of a factor over the common divisor; None if it cannot be reckoned with exactly."""
    if factor is None or divisor % factor.denominator or factor > _LARGEST_FACTOR:
        return None
    multiplier = int(factor * divisor)
    return multiplier if multiplier <= _LARGEST else None


def folded(unit: str) -> str:
    """Return a unit as units are compared: small and capital letters are alike."""
    return unit.strip().lower()


def convert_quantity(cells: pl.LazyFrame, factors: pl.DataFrame) -> pl.LazyFrame:
    """Return `cells` with value (Int128) and divisor: the quantity in millionths times it; null without a factor.

    `cells` has unit, target, product_class and quantity.
    """
    folded = pl.col("unit").str.strip_chars().str.to_lowercase()
    general = factors.filter(pl.col("product_class").is_null()).drop("product_class").lazy()
    specific = factors.drop_nulls("product_class").lazy()
    divisor = factors.select("target", common="divisor").unique().lazy()
    one = pl.lit(1).cast(EXACT)
    millionths = pl.col("quantity").cast(_SUM).to_physical().cast(pl.Int128)
    multiplier = (
        pl.when(pl.col("folded") == pl.col("target").str.strip_chars().str.to_lowercase())
        .then("common")
        # A product's own factor that cannot be used must not give way to the general one.
        .when(pl.col("divisor").is_not_null())
        .then("multiplier")
        .otherwise("multiplier_general")
    )
    return (
        cells.with_columns(folded=folded)
        .join(
            specific,
            left_on=["product_class", "folded", "target"],
            right_on=["product_class", "unit", "target"],
            how="left",
        )
        .join(general, left_on=["folded", "target"], right_on=["unit", "target"], how="left", suffix="_general")
        .join(divisor, on="target", how="left")
        .with_columns(common=pl.col("common").fill_null(one))
        .with_columns(multiplier=multiplier)
        .with_columns(value=millionths * pl.col("multiplier").cast(pl.Int128), divisor="common")
    )


def convert_amount(cells: pl.LazyFrame, fx_rates: pl.DataFrame, fixed_rates: pl.DataFrame) -> pl.LazyFrame:
    """Return `cells` with value: EXACT, the amount in the currency `target`, null without a rate.

    `cells` has program, priced_by (activity_date | period_end | fixed), currency, target, priced_on (the day whose rate
    is used; null where none is) and amount; `fx_rates` from_currency, to_currency, rate_date, rate; `fixed_rates`
    program, currency, fixed_rate. The rate is the latest of the seven days up to `priced_on`, none if two contradict
    each other there; a program that fixes rates uses no other.
    """
    rates = (
        fx_rates.lazy()
        .select(
            currency="from_currency", target="to_currency", priced_on="rate_date", fx_rate=pl.col("rate").cast(RATE)
        )
        .group_by("currency", "target", "priced_on")
        .agg(fx_rate=pl.when(pl.col("fx_rate").n_unique() == 1).then(pl.col("fx_rate").first()))
        .sort("priced_on")
    )
    one = pl.lit(1).cast(EXACT)
    is_own = pl.col("currency") == pl.col("target")
    found = pl.when(pl.col("priced_by") == "fixed").then("fixed_rate").otherwise("fx_rate").cast(EXACT)
    return (
        cells.join(fixed_rates.lazy(), on=["program", "currency"], how="left")
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
