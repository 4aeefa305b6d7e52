"""The transactions of a payee: the rows of its page, and the file with all of them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import shown_amount, value_text
from reports.erp.cell_checks import safe
from schemas.output_columns import OutputColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.page.language import Language

COLUMNS: Mapping[str, OutputColumn] = MappingProxyType(
    {
        "activity_date": OutputColumn("day", "day of the sale", "2026-10-06"),
        "transaction_id": OutputColumn("text", "id of the transaction", "T-0001"),
        "member_id": OutputColumn("text", "the partner that bought", "D-0001"),
        "member_name": OutputColumn("text", "its name", "Northside Garage"),
        "product_id": OutputColumn("text", "id of the product", "P-100"),
        "product_name": OutputColumn("text", "its name", "Brake pad"),
        "type": OutputColumn("text", "what it was: sale, return, credit, …", "sale"),
        "quantity": OutputColumn("figure", "how many units", "40"),
        "unit": OutputColumn("text", "the unit", "piece"),
        "amount": OutputColumn("money", "its amount", "1600.00"),
        "currency": OutputColumn("text", "currency of the amount", "USD"),
    }
)
MOST_ROWS = 5_000
"""Rows of the page; the file has all."""

ONE = ("1", "-1")
"""Quantities of which the unit is named as of one."""

_TEXTS = ("transaction_id", "member_id", "member_name", "product_id", "product_name", "type", "unit", "currency")


def purchase_cells(purchases: pl.DataFrame, digits: Mapping[str, int]) -> pl.DataFrame:
    """Return the cells of the transactions of many payees: figures as text with a decimal point; payee_id stays."""
    return purchases.with_columns(
        shown_amount("amount", digits), pl.col(_TEXTS).fill_null(""), quantity=value_text("quantity")
    )


def render_purchases(cells: pl.DataFrame) -> bytes:
    """Render the file of one payee as CSV (RFC 4180, UTF-8); what a spreadsheet would run has an apostrophe first."""
    made = cells.with_columns(safe(pl.col(name)).alias(name) for name in _TEXTS)
    return made.select(*COLUMNS).write_csv(line_terminator="\r\n").encode()


def page_rows(cells: pl.DataFrame, language: Language, payee_id: str) -> list[tuple[str, ...]]:
    """Return the newest rows as reports.site.folder.Purchases has them; a buyer is named if not the payee."""
    newest = cells.head(MOST_ROWS)
    types = {word: language.term("type", word) for word in newest["type"].unique()}
    units = {unit: language.names_of_unit(unit) for unit in newest["unit"].unique()}
    one = pl.col("unit").replace_strict({unit: name for unit, (name, _) in units.items()}, return_dtype=pl.String)
    many = pl.col("unit").replace_strict({unit: name for unit, (_, name) in units.items()}, return_dtype=pl.String)
    buyer = pl.when(pl.col("member_name") == "").then("member_id").otherwise("member_name")
    shown = newest.select(
        pl.col("activity_date").cast(pl.String),
        "transaction_id",
        pl.when(pl.col("member_id") == payee_id).then(pl.lit("")).otherwise(buyer).alias("buyer"),
        pl.concat_str("product_name", "product_id", separator=" ").str.strip_chars(),
        pl.col("type").replace_strict(types, return_dtype=pl.String),
        "quantity",
        pl.when(pl.col("quantity").is_in(ONE)).then(one).otherwise(many).alias("unit"),
        "amount",
        "currency",
    )
    return shown.rows()
