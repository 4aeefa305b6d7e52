"""The list of transactions of a statement, written in columns for all payees at once: it fills most pages."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
from babel.dates import format_date
from markupsafe import Markup, escape

from reports.erp.amounts import MONEY_SCALE, figure_text, with_shown_digits
from reports.page.language import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

SHOWN_OPEN = 40
"""Longer lists are collapsed until the reader opens them."""

COLUMNS = (
    "detail",
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
    "entry",
    "buyer_name",
)
"""The columns of StatementFrames.transactions that describe what happened.

`detail`: row, day or month (see reports.statement.detail). `transactions`: 1, or the number of those that were added
up, which have an empty transaction_id; activity_date is then the day, or the first of the month. `entry`: a number;
rows with the same number are the same entry, however many positions it counts for. buyer_name: who bought, where that
is not the reader.
"""

_ORDER = ("activity_date", "transaction_id", "product_id", "type", "unit", "currency", "quantity", "amount")
# Dressed by the places of the cells, not by classes: rows are most of a page, and classes were a third of a row.
_ROW = '<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td{}>{} <span class="currency">{}</span></td></tr>'
_COMMA_AND_POINT = (",", ".")
_ENTITIES = {mark: str(escape(mark)) for mark in "&<>'\""}
_ID = Markup('<span class="id">{}</span>')
_BUYER = Markup(' <span class="buyer">{}</span>')
# In one pass, so that what an entity stands for is not taken for a mark.
_MARKS = (
    {str(_BUYER.split("{}")[0]): " "}
    | dict.fromkeys(map(str, _ID.split("{}")), "")
    | {entity: mark for mark, entity in _ENTITIES.items()}
)

FIGURES = 2
"""The columns of figures, which are the last."""


class Listing(NamedTuple):
    """The transactions that count for a position, as they are read.

    `html`: their rows of the table, every cell escaped, `rows` of them for a number of `transactions`. `detail`: in
    which they are listed. `total`: their sum per currency. `cells`: the texts of the same rows, if they were asked for.
    """

    html: str = ""
    rows: int = 0
    transactions: int = 0
    detail: str = "row"
    total: str = ""
    cells: Sequence[Sequence[str]] | None = None
    entries: Sequence[int] | None = None


def listings(
    transactions: pl.DataFrame,
    sums: pl.DataFrame,
    place: Sequence[str],
    digits: Mapping[str, int],
    *,
    with_cells: bool = False,
) -> pl.DataFrame:
    """Return the written rows of every `place` (columns): `place` and the fields of Listing.

    `transactions`: tag (the reader's language), `place` and COLUMNS. `sums`: tag, `place`, detail, currency,
    transactions, amount. `digits`: the decimals of each currency; an amount in a currency not among them is shown as
    extracted: a volume rebate may count such sales.
    """
    read = with_shown_digits(transactions, digits)
    one_entry = ["tag", "entry", "buyer_name"]
    rows = (
        # A transaction may count for many positions; its row is formatted once and joined to all of them.
        read.unique(one_entry)
        .sort(_ORDER)
        .pipe(_in_words)
        .select(*one_entry, row=_row(), cells=_cells() if with_cells else None)
        # An index instead of the sort columns: the join below does not keep the order of rows.
        .with_row_index("order")
    )
    listed = (
        read.select(*place, *one_entry)
        .join(rows, on=one_entry, nulls_equal=True)
        .sort("order")
        .group_by(place, maintain_order=True)
        # Of lists that a printed page folds away nobody reads the cells.
        .agg(
            html=pl.col("row").str.join("\n"),
            rows=pl.len(),
            cells=pl.col("cells").drop_nulls().head(SHOWN_OPEN),
            entries=pl.col("order").head(SHOWN_OPEN),
        )
    )
    # Of what is only told by its total there are no rows.
    whole = _totals(with_shown_digits(sums, digits), place).join(listed, on=place, how="left")
    return whole.with_columns(pl.col("html").fill_null(""), pl.col("rows").fill_null(0)).select(
        *place, *Listing._fields
    )


def listing_view(listing: Listing, language: Language, file: str, *, is_open: bool = True) -> dict[str, Any]:
    """Return the list with its headings, count and totals per currency, and the `file` of what it does not list."""
    words, is_short = language.text, listing.detail == "row" and listing.rows <= SHOWN_OPEN
    notes = {
        "day": words("There are many, so they are added up by day."),
        "month": words("There are many, so they are added up by month."),
        "none": words("There are many, so only what they add up to is shown.") if is_open else "",
    }
    return {
        "title": words("Transactions that count: {count}", count=language.count(listing.transactions)),
        "is_listed": listing.rows > 0,
        "note": notes.get(listing.detail, ""),
        "file": file if listing.detail in notes else "",
        "file_label": words("Each of them is in the file"),
        "total": listing.total,
        "total_label": words("Total"),
        "is_folded": listing.rows > SHOWN_OPEN,
        "headings": _headings(language.tag),
        "html": listing.html,
        "columns": _columns(language.tag) if listing.rows else (),
        "cells": (listing.cells or ()) if is_short else (),
        "entries": (listing.entries or ()) if is_short else (),
    }


@cache
def _headings(tag: str) -> Markup:
    """Return the cells of the head of a list, the same above every list of a language."""
    columns = _columns(tag)
    texts, figures = columns[:-FIGURES], columns[-FIGURES:]
    cells = [Markup('<th scope="col">{}</th>').format(text) for text in texts]
    return Markup("").join(
        [*cells, *(Markup('<th scope="col" class="figure">{}</th>').format(text) for text in figures)]
    )


@cache
def _columns(tag: str) -> tuple[str, ...]:
    words = Language(tag, {}).text
    texts = (words("Date"), words("Transaction"), words("Product"), words("Type"))
    return (*texts, words("Quantity"), words("Amount"))


def _in_words(entries: pl.DataFrame) -> pl.DataFrame:
    """Return entries with the texts of their cells, except id and amount; each distinct value is written once."""
    return (
        entries.pipe(_written, "day", ("detail", "activity_date"), _day)
        .pipe(_written, "many", ("transactions",), _many)
        .pipe(_written, "product", ("product_id", "product_name"), _product)
        .pipe(_written, "type_name", ("type",), lambda language, word: escape(language.term("type", word)))
        .pipe(_written, "goods", ("quantity", "unit"), lambda *goods: escape(Language.quantity(*goods)))
        .pipe(_written, "money", ("currency",), lambda _, currency: escape(currency))
        .pipe(_written, "bought_by", ("buyer_name",), lambda _, name: _BUYER.format(name) if name else Markup(""))
    )


def _written(frame: pl.DataFrame, name: str, columns: Sequence[str], cell: Callable[..., Markup]) -> pl.DataFrame:
    by = ["tag", *columns]
    distinct = frame.select(by).unique()
    cells = [str(cell(Language(tag, {}), *values)) for tag, *values in distinct.iter_rows()]
    written = distinct.with_columns(pl.Series(name, cells, dtype=pl.String))
    # Nulls match: a product without a name has a cell too.
    return frame.join(written, on=by, how="left", nulls_equal=True, maintain_order="left")


def _row() -> pl.Expr:
    return pl.format(
        _ROW,
        "day",
        _transaction() + pl.col("bought_by"),
        "product",
        "type_name",
        "goods",
        pl.when(pl.col("amount") < 0).then(pl.lit(' class="minus"')).otherwise(pl.lit("")),
        _figure(),
        "money",
    )


def _transaction() -> pl.Expr:
    return pl.when(pl.col("transaction_id") == "").then("many").otherwise(_escaped(pl.col("transaction_id")))


def _cells() -> pl.Expr:
    """Return the texts of the cells that `_row` writes, without the marks of HTML."""
    amount = pl.format("{} {}", _figure(), "money")
    written = ("day", _transaction() + pl.col("bought_by"), "product", "type_name", "goods", amount)
    return pl.concat_list(
        (pl.col(each) if isinstance(each, str) else each).str.replace_many(list(_MARKS), list(_MARKS.values()))
        for each in written
    )


def _totals(read: pl.DataFrame, place: Sequence[str]) -> pl.DataFrame:
    """Return transactions, detail and total of every place."""
    sums = read.group_by("tag", *place, "detail", "currency", "digits").agg(
        pl.col("amount").cast(pl.Decimal(38, MONEY_SCALE)).sum(), pl.col("transactions").sum()
    )
    text = pl.format("{} {}", _figure(), "currency")
    by_place = sums.sort("currency").group_by(place, maintain_order=True)
    return by_place.agg(pl.col("transactions").sum(), pl.col("detail").first(), total=text.str.join(" + "))


def _figure() -> pl.Expr:
    """Return the amount with its decimals, in the marks of the reader's language."""
    english = figure_text("amount", "digits")
    written = {tag: [Language(tag, {}).marked(mark) for mark in _COMMA_AND_POINT] for tag in LANGUAGES}
    other = {
        tag: english.str.replace_many(list(_COMMA_AND_POINT), marks)
        for tag, marks in written.items()
        if marks != [*_COMMA_AND_POINT]
    }
    return pl.coalesce(*(pl.when(pl.col("tag") == tag).then(text) for tag, text in other.items()), english)


def _escaped(text: pl.Expr) -> pl.Expr:
    """Return a text with the characters of HTML escaped, as markupsafe does, for a whole column at once."""
    return text.str.replace_many(list(_ENTITIES), list(_ENTITIES.values()))


def _day(language: Language, detail: str, day: date) -> Markup:
    return _written_day(language.tag, detail, day)


# The days of a year come again for every batch of payees.
@lru_cache(maxsize=16384)
def _written_day(tag: str, detail: str, day: date) -> Markup:
    if detail == "month":
        return escape(Language(tag, {}).month(f"{day:%Y-%m}"))
    return escape(format_date(day, "medium", locale=tag))


def _many(language: Language, count: int) -> Markup:
    return escape(language.text("Transactions: {count}", count=language.count(count)))


def _product(_: Language, product_id: str, name: str | None) -> Markup:
    if not name:
        return escape(product_id)
    return escape(name) + " " + _ID.format(product_id) if product_id else escape(name)
