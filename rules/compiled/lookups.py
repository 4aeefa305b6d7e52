"""Lookups: the small tables that let one scan serve every program, compiled from rules and master data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.classes import attribute_key, classes_matched, classify
from rules.compiled.conversion import conversion_signature, unit_factors
from rules.compiled.figure_terms import COUNTED_BY, filter_key, product_filters, transaction_key
from rules.compiled.filters import filter_columns, matches
from rules.compiled.participants import compile_participants
from rules.compiled.seasons import price_alike
from rules.compiled.segments import cut_days
from rules.compiled.spans import FIRST_DAY, cut_spans, span_attributes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from rules.compiled.master_data import MasterData
    from rules.compiled.terms import Terms
    from rules.language.model import Filter, Program, Rebate


def attribute_columns(programs: Sequence[Program]) -> list[str]:
    """Return the columns of transactions that any filter uses, sorted; COUNTED_BY where returns count with a sale."""
    filters = (rebate.transactions for rebate in _rebates(programs))
    columns = {column for condition in filters if condition for column in filter_columns(condition)}
    return sorted(columns | ({COUNTED_BY} if any(map(_is_with_sale, _rebates(programs))) else set()))


def compile_lookups(
    programs: Sequence[Program], terms: Terms, master: MasterData, as_of: date
) -> dict[str, pl.DataFrame]:
    """Return every table in which the scan, the measures and the trace look things up, by name."""
    days, windows = cut_days(terms.windows)
    growing = terms.terms.filter("is_baseline").select("program", "member_filter").unique()
    members = compile_participants(programs, growing, master, as_of)
    return {
        "days": days,
        "windows": price_alike(windows),
        "terms": terms.terms,
        "rebates": terms.rebates,
        "periods": terms.periods,
        "outlook": terms.outlook,
        "fixed_rates": terms.fixed_rates,
        "day_ratios": terms.day_ratios,
        **members,
        "foreign_currencies": _foreign_currencies(terms, members["participants"], master.currencies),
        **_products(programs, terms, master),
        **_attributes(programs, master),
    }


def _products(programs: Sequence[Program], terms: Terms, master: MasterData) -> dict[str, pl.DataFrame]:
    """Return the tables about products: their classes, which filter matches which class, names and unit factors."""
    rebates = _rebates(programs)
    filters = _distinct([condition for rebate in rebates for condition in product_filters(rebate)])
    spans = cut_spans(master.products, "product_id")
    conversions = master.unit_conversions.select("product_id", "from_unit", "to_unit", "factor")
    attributes = span_attributes(spans, master.products, "product_id").join(
        conversion_signature(conversions), on="product_id", how="left", maintain_order="left"
    )
    classified = classify(attributes, filters, also_by=["conversions"])
    targets = terms.terms.filter(kind="quantity")["target"].unique().sort().to_list()
    return {
        "product_classes": classified.select("product_id", "valid_from", "valid_to", product_class="class"),
        "product_matches": classes_matched(classified, filters, class_column="product_class"),
        "product_names": master.products.sort(pl.col("valid_from").fill_null(FIRST_DAY))
        .group_by("product_id", maintain_order=True)
        .agg(pl.col("name").last()),
        "factors": unit_factors(_class_conversions(classified, conversions), targets),
    }


def _class_conversions(classified: pl.DataFrame, conversions: pl.DataFrame) -> pl.DataFrame:
    """Return the conversions of each class: those of any of its products, since they all state the same."""
    one_of_each = classified.unique("class", keep="first", maintain_order=True)
    own = conversions.drop_nulls("product_id").join(one_of_each, on="product_id").rename({"class": "product_class"})
    general = conversions.filter(pl.col("product_id").is_null()).with_columns(
        product_class=pl.lit(None, dtype=pl.Int32)
    )
    columns = ["product_class", "from_unit", "to_unit", "factor"]
    return pl.concat([own.select(columns), general.select(columns)]).sort(columns)


def _attributes(programs: Sequence[Program], master: MasterData) -> dict[str, pl.DataFrame]:
    """Return the attribute classes, by attribute key, and which filter matches which class."""
    is_split = COUNTED_BY in master.attributes.columns
    alike = {transaction_key(rebate): rebate for rebate in _rebates(programs)}
    filters = {key: _counts(rebate, is_split=is_split) for key, rebate in alike.items()}
    classified = classify(master.attributes, filters)
    key = attribute_key(attribute_columns(programs)).alias("attribute_key")
    return {
        # Null and empty text have the same key, so a key may come twice.
        "attribute_classes": classified.select(key, attribute_class="class").unique("attribute_key", keep="first"),
        "attribute_matches": classes_matched(classified, filters, class_column="attribute_class"),
    }


def _counts(rebate: Rebate, *, is_split: bool) -> pl.Expr:
    """Return whether a transaction counts for a rebate, by its attributes and the day by which it counts."""
    filtered = matches(rebate.transactions)
    day = pl.col(COUNTED_BY).fill_null("")
    return filtered & day.is_in(["", rebate.returns or "own_day"]) if is_split else filtered


def _is_with_sale(rebate: Rebate) -> bool:
    return rebate.returns == "with_sale"


def _rebates(programs: Sequence[Program]) -> list[Rebate]:
    return [rebate for program in programs for rebate in program.rebates.values()]


def _foreign_currencies(terms: Terms, participants: pl.DataFrame, currencies: Sequence[str]) -> pl.DataFrame:
    """Return the currencies that a rebate of a span converts by the day: their sums are kept apart by day."""
    targets = (
        terms.terms.filter(kind="revenue", priced_by="activity_date")
        .select("program", "member_filter", "is_baseline", "target")
        .unique()
    )
    # Only these (span, currency) pairs need a sum per day; all others are summed over the whole segment, which keeps
    # the aggregated table small.
    known = pl.DataFrame({"currency": sorted(currencies)}, schema={"currency": pl.String})
    return (
        participants.join(targets, on=["program", "member_filter", "is_baseline"])
        .select("span", "target")
        .unique()
        .join(known, how="cross")
        .filter(pl.col("currency") != pl.col("target"))
        .select("span", "currency")
        .unique()
        .sort("span", "currency")
    )


def _distinct(conditions: Sequence[Filter | None]) -> dict[str, pl.Expr]:
    """Return each different filter once, as an expression by its name."""
    alike = {filter_key(condition): condition for condition in conditions}
    return {key: matches(condition) for key, condition in alike.items()}
