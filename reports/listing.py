"""The list of transactions of a statement: written for speed, since it is most of the page."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
from babel.dates import format_date
from markupsafe import escape

from reports.language import Language

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

SHOWN_OPEN = 40
"""Longer lists are folded away until the reader asks for them."""


LISTED_MOST = 1_000
"""A position with more transactions than this shows their sums by day: nobody reads on."""


class Transaction(NamedTuple):
    """A transaction that counts, or several of a day added up."""

    activity_date: date
    transaction_id: str
    product_id: str
    product_name: str | None
    type: str
    quantity: Decimal
    unit: str
    amount: Decimal
    currency: str
    transactions: int


COLUMNS = Transaction._fields[:-1]
"""The fields that are columns of StatementFrames.transactions."""


def condense(transactions: pl.DataFrame, place: Sequence[str]) -> pl.DataFrame:
    """Add `transactions` (1); where a `place` has more than LISTED_MOST, add up by day, type, unit and currency."""
    is_many = pl.len().over(place) > LISTED_MOST
    counted = transactions.with_columns(is_many=is_many, transactions=pl.lit(1, dtype=pl.UInt32))
    if not counted["is_many"].any():
        return counted.drop("is_many")
    alike = [*place, "activity_date", "type", "unit", "currency"]
    sums = [pl.col(name).sum().cast(counted.schema[name]) for name in ("quantity", "amount")]
    added = (
        counted.filter("is_many")
        .group_by(alike)
        .agg(*sums, transactions=pl.len(), transaction_id=pl.lit(""), product_id=pl.lit(""), product_name=pl.lit(""))
        .select(*transactions.columns, "transactions")
    )
    return pl.concat([counted.filter(~pl.col("is_many")).drop("is_many"), added], how="vertical_relaxed")


class Listed(NamedTuple):
    """A row as it is read, every cell escaped for HTML."""

    day: str
    id: str
    product: str
    product_id: str
    type: str
    quantity: str
    amount: str
    currency: str
    is_negative: bool

    @property
    def html(self) -> str:
        """The row of a table; several rebates list the same transaction, so it is written once."""
        return _html(self)


def transactions_view(rows: Sequence[Transaction], language: Language) -> dict[str, Any]:
    """Return the list with its headings, count and totals per currency."""
    words = language.text
    return {
        "title": words("Transactions that count: {count}", count=f"{sum(row.transactions for row in rows):,}"),
        "note": words("There are many, so they are added up by day.") if _is_condensed(rows) else "",
        "total": " + ".join(
            f"{_figure(total, language.digits.get(currency, 0))} {currency}" for currency, total in _totals(rows)
        ),
        "total_label": words("Total"),
        "is_folded": len(rows) > SHOWN_OPEN,
        "headings": [
            words("Date"),
            words("Transaction"),
            words("Product"),
            words("Type"),
            words("Quantity"),
            words("Amount"),
        ],
        # A currency without a minor unit of ours is shown as it came: a volume rebate may count such sales.
        "rows": [_row(row, language.tag, language.digits.get(row.currency, 0)) for row in rows],
    }


@lru_cache(maxsize=65536)
def _html(row: Listed) -> str:
    more = f' <span class="id">{row.product_id}</span>' if row.product_id else ""
    minus = " minus" if row.is_negative else ""
    return (
        f'<tr><td class="day">{row.day}</td><td class="id">{row.id}</td><td class="product">{row.product}{more}</td>'
        f'<td class="type">{row.type}</td><td class="quantity figure">{row.quantity}</td>'
        f'<td class="figure{minus}">{row.amount} <span class="currency">{row.currency}</span></td></tr>'
    )


@lru_cache(maxsize=65536)
def _row(row: Transaction, tag: str, digits: int) -> Listed:
    language = Language(tag, {})
    return Listed(
        day=_day(row.activity_date, language.tag),
        id=_escaped(row.transaction_id or language.text("Transactions: {count}", count=f"{row.transactions:,}")),
        product=_escaped(row.product_name or row.product_id),
        product_id=_escaped(row.product_id) if row.product_name else "",
        type=_escaped(language.term("type", row.type)),
        quantity=_quantity(row.quantity, row.unit, language.tag),
        amount=_figure(row.amount, digits),
        currency=_escaped(row.currency),
        is_negative=row.amount < 0,
    )


def _is_condensed(rows: Sequence[Transaction]) -> bool:
    return any(not row.transaction_id for row in rows)


@lru_cache(maxsize=65536)
def _escaped(text: str) -> str:
    return str(escape(text))


def _totals(rows: Sequence[Transaction]) -> list[tuple[str, Decimal]]:
    totals: dict[str, Decimal] = {}
    for row in rows:
        totals[row.currency] = totals.get(row.currency, Decimal(0)) + row.amount
    return sorted(totals.items())


@lru_cache(maxsize=65536)
def _figure(value: Decimal, digits: int) -> str:
    """Group by thousands with a comma and mark decimals with a point, as both our languages do (a test says so).

    At least `digits` decimals, and all there are: nothing is rounded. Ten times as fast as asking Babel.
    """
    exponent = value.normalize().as_tuple().exponent
    return f"{value:,.{max(digits, -exponent if isinstance(exponent, int) else 0)}f}"


@lru_cache(maxsize=4096)
def _day(day: date, tag: str) -> str:
    return _escaped(format_date(day, "medium", locale=tag))


@lru_cache(maxsize=65536)
def _quantity(quantity: Decimal, unit: str, tag: str) -> str:
    return _escaped(Language(tag, {}).quantity(quantity, unit))
