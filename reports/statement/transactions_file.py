"""The file beside a statement: every transaction that counts, listed on its page or only added up."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import shown_amount, value_text
from reports.erp.cell_checks import FORMULA, UNPRINTABLE, safe
from schemas.invisible import INVISIBLE
from schemas.output_columns import OutputColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS: Mapping[str, OutputColumn] = MappingProxyType(
    {
        "activity_date": OutputColumn("day", "day of the sale", "2026-10-06"),
        "transaction_id": OutputColumn("text", "id of the transaction", "T-0001"),
        "order_id": OutputColumn("text", "id of the order, where the transaction names one", "O-0001"),
        "bought_by": OutputColumn("text", "the partner that bought", "D-0001"),
        "product_id": OutputColumn("text", "id of the product", "P-100"),
        "type": OutputColumn("text", "what it was: sale, return, credit, …", "sale"),
        "quantity": OutputColumn("figure", "how many units", "40"),
        "unit": OutputColumn("text", "the unit", "piece"),
        "amount": OutputColumn("money", "its amount", "1600.00"),
        "currency": OutputColumn("text", "currency of the amount", "USD"),
        "counts_for": OutputColumn(
            "text",
            "what it counts for: program, rebate and period of each, with who earns in brackets if not the payee",
            "dealer-revenue/quarterly-revenue 2026-Q4",
        ),
    }
)
_SELDOM = ("bought_by", "product_id", "type", "unit", "currency")
"""Columns with few different texts: they are made safe once each."""


def names_of(positions: pl.DataFrame) -> pl.DataFrame:
    """Return the name of each position in the column counts_for: figure, name."""
    is_other = pl.col("member_id") != pl.col("payee_id")
    earner = pl.when(is_other).then(pl.format(" ({})", "member_id")).otherwise(pl.lit(""))
    name = pl.concat_str("program", pl.lit("/"), "rebate", pl.lit(" "), "period", earner)
    return positions.select("figure", name=safe(name))


def transaction_cells(rows: pl.DataFrame, digits: Mapping[str, int]) -> pl.DataFrame:
    """Return the cells of the rows of many payees, all of them text but activity_date; other columns stay.

    Amounts have the decimals of their currency, or all four where they need them or the currency is not known. A text
    that a spreadsheet would run as a formula gets an apostrophe in front: the file is for people.
    """
    there = {currency: digits[currency] for currency in rows["currency"].unique() if currency in digits}
    return rows.with_columns(
        *(_safe_once(rows[name]) for name in _SELDOM),
        _safe(rows["transaction_id"]),
        _safe(rows["order_id"]),
        shown_amount("amount", there),
        quantity=value_text("quantity"),
    )


def render_transactions(cells: pl.DataFrame, *, with_header: bool) -> bytes:
    """Render a part of the file as CSV (RFC 4180, UTF-8), in the order of its rows and columns (COLUMNS)."""
    return cells.write_csv(include_header=with_header, line_terminator="\r\n").encode()


def _safe(texts: pl.Series) -> pl.Expr:
    """Return a column made safe; most have nothing in them that is not."""
    suspect = f"{FORMULA}|{UNPRINTABLE}|{INVISIBLE}"
    return safe(pl.col(texts.name)).alias(texts.name) if texts.str.contains(suspect).any() else pl.col(texts.name)


def _safe_once(texts: pl.Series) -> pl.Expr:
    """Return a column made safe, each different text once."""
    distinct = texts.unique().drop_nulls()
    made = pl.DataFrame({"text": distinct}).select(safe(pl.col("text"))).to_series()
    if (made == distinct).all():
        return pl.col(texts.name)
    return pl.col(texts.name).replace_strict(distinct, made, default=None, return_dtype=pl.String)
