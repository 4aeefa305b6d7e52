"""From the sums of the one scan to the value of every term, per member and period."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rules.conversion import convert_amount, convert_quantity
from rules.money import round_value
from schemas.types import EXACT

VALUE_KEY = ("horizon", "program", "rebate", "term", "member_id", "period")
"""What one value belongs to."""


@dataclass(frozen=True)
class Lookups:
    """The small tables that say which sums belong to which term.

    terms: term, program, rebate, kind (revenue | quantity), target (currency or unit), product_filter,
    attribute_filter, is_baseline. participants: program, is_baseline, span, member_id (the buyer), node_id (where its
    purchases are added up). product_matches: filter, product_class. attribute_matches: filter, attribute_class.
    windows: horizon, term, period, segment. factors: rules.conversion.FACTORS. fx_rates: from_currency, to_currency,
    rate_date, rate.
    """

    terms: pl.DataFrame
    participants: pl.DataFrame
    product_matches: pl.DataFrame
    attribute_matches: pl.DataFrame
    windows: pl.DataFrame
    factors: pl.DataFrame
    fx_rates: pl.DataFrame


def measure(sums: pl.DataFrame, lookups: Lookups) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add up each term's transactions per node (its member_id) and period, converted exactly and rounded once.

    `sums` has span, product_class, attribute_class, segment, unit, currency, rate_date, amount, quantity,
    transactions. Returns (VALUE_KEY + value, a VALUE) and the cells that no factor or rate could convert
    (VALUE_KEY + the keys of `sums`, target, transactions).
    """
    cells = _cells(sums, lookups)
    revenue = convert_amount(_of_kind(cells, "revenue"), lookups.fx_rates).with_columns(divisor=pl.lit(1).cast(EXACT))
    quantity = convert_quantity(_of_kind(cells, "quantity"), lookups.factors)
    found = [frame.select(*VALUE_KEY, "value", "divisor").pipe(_add_up) for frame in (revenue, quantity)]
    lost = [frame.filter(pl.col("value").is_null()).select(*VALUE_KEY, *_CELL) for frame in (revenue, quantity)]
    values, unconverted = pl.collect_all([pl.concat(found), pl.concat(lost)])
    return values.sort(VALUE_KEY), unconverted.sort(*VALUE_KEY, *_CELL)


_CELL = (
    "span", "product_class", "attribute_class", "segment", "unit", "currency", "rate_date", "target", "transactions",
)  # fmt: skip


def _cells(sums: pl.DataFrame, lookups: Lookups) -> pl.LazyFrame:
    products = lookups.product_matches.lazy().rename({"filter": "product_filter"})
    attributes = lookups.attribute_matches.lazy().rename({"filter": "attribute_filter"})
    return (
        sums.lazy()
        .join(lookups.participants.lazy().drop("member_id").rename({"node_id": "member_id"}), on="span")
        .join(lookups.terms.lazy(), on=["program", "is_baseline"])
        .join(products, on=["product_filter", "product_class"], how="semi")
        .join(attributes, on=["attribute_filter", "attribute_class"], how="semi")
        .join(lookups.windows.lazy(), on=["term", "segment"])
    )


def _of_kind(cells: pl.LazyFrame, kind: str) -> pl.LazyFrame:
    return cells.filter(pl.col("kind") == kind)


def _add_up(cells: pl.LazyFrame) -> pl.LazyFrame:
    """Round once, after the sum and the one division; a key with nothing convertible counts as zero."""
    total = pl.col("value").sum() / pl.col("divisor").first()
    return cells.group_by(VALUE_KEY).agg(value=round_value(total))
