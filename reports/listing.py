"""The list of transactions of a statement: written in columns, all payees' at once, since it is most of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
from babel.dates import format_date
from markupsafe import escape

from reports.cells import MONEY_SCALE, figure_text, with_shown_digits
from reports.language import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

SHOWN_OPEN = 40
"""Longer lists are folded away until the reader asks for them."""

LISTED_MOST = 1_000
"""A position with more transactions than this shows their sums by day: nobody reads on."""

COLUMNS = (
    "activity_date",
    "transaction_id",
    "product_id",
    "product_name",
    "type",
    "quantity",
    "unit",
    "amount",
    "currency",
    "transactions",
)
"""The columns of StatementFrames.transactions that say what happened.

`transactions`: 1, or how many of a day were added up, which have an empty transaction_id.
"""

_ORDER = ("activity_date", "transaction_id", "product_id", "type", "unit", "currency", "quantity", "amount")
_ROW = (
    '<tr><td class="day">{}</td><td class="id">{}</td><td class="product">{}{}</td>'
    '<td class="type">{}</td><td class="quantity figure">{}</td>'
    '<td class="figure{}">{} <span class="currency">{}</span></td></tr>'
)
_ENTITIES = {mark: str(escape(mark)) for mark in "&<>'\""}


class Listing(NamedTuple):
    """The transactions that count for a position, as they are read.

    `html`: their rows of the table, every cell escaped, `rows` of them for so many `transactions`; `is_condensed`: they
    are added up by day. `total`: what they add up to, per currency.
    """

    html: str = ""
    rows: int = 0
    transactions: int = 0
    is_condensed: bool = False
    total: str = ""


def listings(transactions: pl.DataFrame, place: Sequence[str], digits: Mapping[str, int]) -> pl.DataFrame:
    """Write the rows of every `place` (columns): `place` and the fields of Listing.

    `transactions`: tag (the reader's language), `place` and COLUMNS. `digits`: the decimals of each currency; one
    without a minor unit of ours is shown as it came: a volume rebate may count such sales.
    """
    read = with_shown_digits(transactions, digits).sort(_ORDER)
    listed = (
        _in_words(read)
        .with_columns(row=_row())
        .group_by(place, maintain_order=True)
        .agg(
            html=pl.col("row").str.join("\n"),
            rows=pl.len(),
            transactions=pl.col("transactions").sum(),
            is_condensed=(pl.col("transaction_id") == "").any(),
        )
    )
    return listed.join(_totals(read, place), on=place, how="left").select(*place, *Listing._fields)


def listing_view(listing: Listing, language: Language) -> dict[str, Any]:
    """Return the list with its headings, count and totals per currency."""
    words = language.text
    return {
        "title": words("Transactions that count: {count}", count=f"{listing.transactions:,}"),
        "note": words("There are many, so they are added up by day.") if listing.is_condensed else "",
        "total": listing.total,
        "total_label": words("Total"),
        "is_folded": listing.rows > SHOWN_OPEN,
        "headings": [
            words("Date"),
            words("Transaction"),
            words("Product"),
            words("Type"),
            words("Quantity"),
            words("Amount"),
        ],
        "html": listing.html,
    }


def _in_words(read: pl.DataFrame) -> pl.DataFrame:
    """Add day, many, type_name and goods, as text: what is said again and again is put into words once."""
    return (
        read.pipe(_written, "day", ("activity_date",), _day)
        .pipe(_written, "many", ("transactions",), _many)
        .pipe(_written, "type_name", ("type",), lambda language, word: language.term("type", word))
        .pipe(_written, "goods", ("quantity", "unit"), Language.quantity)
    )


def _written(frame: pl.DataFrame, name: str, columns: Sequence[str], text: Callable[..., str]) -> pl.DataFrame:
    by = ["tag", *columns]
    distinct = frame.select(by).unique()
    texts = [text(Language(tag, {}), *values) for tag, *values in distinct.iter_rows()]
    return frame.join(distinct.with_columns(pl.Series(name, texts, dtype=pl.String)), on=by, maintain_order="left")


def _row() -> pl.Expr:
    has_name = pl.col("product_name").fill_null("") != ""
    product = pl.when(has_name).then("product_name").otherwise("product_id")
    more = pl.when(has_name & (pl.col("product_id") != "")).then(
        pl.format(' <span class="id">{}</span>', _escaped(pl.col("product_id")))
    )
    return pl.format(
        _ROW,
        _escaped(pl.col("day")),
        _escaped(pl.when(pl.col("transaction_id") == "").then("many").otherwise("transaction_id")),
        _escaped(product),
        more.otherwise(pl.lit("")),
        _escaped(pl.col("type_name")),
        _escaped(pl.col("goods")),
        pl.when(pl.col("amount") < 0).then(pl.lit(" minus")).otherwise(pl.lit("")),
        figure_text("amount", "digits"),
        _escaped(pl.col("currency")),
    )


def _totals(read: pl.DataFrame, place: Sequence[str]) -> pl.DataFrame:
    sums = read.group_by(*place, "currency", "digits").agg(pl.col("amount").cast(pl.Decimal(38, MONEY_SCALE)).sum())
    text = pl.format("{} {}", figure_text("amount", "digits"), "currency")
    return sums.sort("currency").group_by(place, maintain_order=True).agg(total=text.str.join(" + "))


def _escaped(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(list(_ENTITIES), list(_ENTITIES.values()))


def _day(language: Language, day: date) -> str:
    return format_date(day, "medium", locale=language.tag)


def _many(language: Language, count: int) -> str:
    return language.text("Transactions: {count}", count=f"{count:,}")
