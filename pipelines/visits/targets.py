"""Targets of indicators: what a template aims at for one member, its formulas worked out on what the member bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from pipelines.visits.visit_data import rows_of
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from rules.visits.attainment import shown
from rules.visits.formulas import MOST_DAYS, PREVIOUS, Window
from rules.visits.template import NUMBERS
from schemas.types import VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    import duckdb

    from pipelines.visits.visit_data import VisitData
    from rules.visits.formulas import Formula
    from rules.visits.template import IndicatorPlan, Template

SOLD = read_sql("visits", "sold")
TOP_OF = 90
"""Days over which the products that a member bought most of are found."""


@dataclass(frozen=True)
class Aim:
    """An indicator at a member: for a product or none, counted in a unit, and what is aimed at, as text."""

    indicator: IndicatorPlan
    product_id: str | None
    unit: str | None
    target: str | None


@dataclass(frozen=True)
class Bought:
    """What members bought in the last year, and in what their products are counted."""

    rows: pl.DataFrame
    units: dict[str, str]
    currencies: dict[str, str]
    until: date


def bought_by(connection: duckdb.DuckDBPyConnection, data: VisitData, members: Sequence[str]) -> Bought:
    """Return what `members` bought in the last year, up to the day of the books."""
    until = data.run.as_of
    query = SOLD.format(transactions=rows_of(connection, data.run, "transactions"))
    rows = read(connection, query, [list(members), until - timedelta(days=MOST_DAYS), until])
    products = read(connection, f"SELECT product_id, unit FROM ({rows_of(connection, data.run, 'products')})")  # noqa: S608 - names from code
    units = {product_id: unit for product_id, unit in products.iter_rows() if unit}
    currencies = {m: c for m, c in data.members.select("member_id", "currency").iter_rows() if c}
    return Bought(rows, units, currencies, until)


def aims_of(template: Template, member_id: str, bought: Bought, measured: pl.DataFrame) -> Iterator[Aim]:
    """Yield what is measured at a member by a template: an indicator once, or for each of its products most bought.

    measured: as in VisitData, for the figure `previous`.
    """
    own = bought.rows.filter(member_id=member_id)
    for indicator in template.indicators:
        for product_id in _products(indicator, own, bought.until):
            unit = indicator.unit or (bought.units.get(product_id) if product_id else None)
            yield Aim(indicator, product_id, unit, _target(indicator, member_id, product_id, own, bought, measured))


def _products(indicator: IndicatorPlan, own: pl.DataFrame, until: date) -> list[str | None]:
    if indicator.top_products is None:
        return [None]
    recent = own.filter(pl.col("day") > until - timedelta(days=TOP_OF))
    most = recent.group_by("product_id").agg(pl.col("quantity").sum()).filter(pl.col("quantity") > 0)
    return (
        most.sort("quantity", "product_id", descending=[True, False])["product_id"]
        .head(indicator.top_products)
        .to_list()
    )


def _target(
    indicator: IndicatorPlan, member_id: str, product_id: str | None, own: pl.DataFrame, bought: Bought,
    measured: pl.DataFrame,
) -> str | None:  # fmt: skip
    """Return the target as text; None where a figure of its formula is not known."""
    formula = indicator.formula
    if indicator.kind not in NUMBERS or formula is None:
        return indicator.target
    if not formula.names:
        return f"{formula.value({}):f}"
    unit = indicator.unit or (bought.units.get(product_id) if product_id else None)
    rows = own if product_id is None else own.filter(product_id=product_id)
    figures = {
        window.name: _sold(window, rows, unit, bought.currencies.get(member_id), bought.until)
        for window in formula.windows
    }
    if PREVIOUS in formula.names:
        figures[PREVIOUS] = _previous(indicator.id, member_id, product_id, measured)
    return _text(formula, figures)


def _sold(window: Window, rows: pl.DataFrame, unit: str | None, currency: str | None, until: date) -> Decimal | None:
    """Return a figure of sales; None where its unit or currency is not known, or rows are in others."""
    inside = rows.filter(pl.col("day") > until - timedelta(days=window.days))
    if window.what == "orders":
        orders = inside.filter(pl.col("quantity") > 0)["order_id"].drop_nulls().n_unique()
        return Decimal(orders)
    column, wanted, figure = (
        ("unit", unit, "quantity") if window.what == "quantity" else ("currency", currency, "amount")
    )
    if wanted is None or not inside.filter(pl.col(column) != wanted).is_empty():
        return None
    total: Decimal = inside.select(pl.col(figure).sum().cast(VALUE)).item()
    return total


def _previous(kpi: str, member_id: str, product_id: str | None, measured: pl.DataFrame) -> Decimal | None:
    is_same = pl.col("product_id").eq_missing(pl.lit(product_id, pl.String))
    found = measured.filter(is_same, pl.col("found").is_not_null(), kpi=kpi, member_id=member_id)
    last: list[Decimal] = found.sort("day", "visit")["found"].tail(1).to_list()
    return last[0] if last else None


def _text(formula: Formula, figures: dict[str, Decimal | None]) -> str | None:
    value = formula.value(figures)
    if value is None:
        return None
    rounded = pl.select(shown(pl.lit(value).cast(pl.Decimal(38, 12)))).item()
    return f"{rounded:f}".rstrip("0").rstrip(".") if "." in f"{rounded:f}" else f"{rounded:f}"
