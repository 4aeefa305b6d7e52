"""overlaps.csv: the transactions on which more than one rebate pays, for a review whether that was intended."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import amount_text
from reports.erp.cell_checks import safe
from schemas.output_columns import OutputColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

OVERLAPS_FILE = "overlaps.csv"
COLUMNS: Mapping[str, OutputColumn] = MappingProxyType(
    {
        "transaction_id": OutputColumn("text", "id of the transaction", "T-0001"),
        "source": OutputColumn("text", "source that it came from", "main"),
        "member_id": OutputColumn("text", "the partner that bought", "D-0001"),
        "activity_date": OutputColumn("day", "day of the sale", "2026-07-06"),
        "amount": OutputColumn("money", "its amount", "1600.00"),
        "currency": OutputColumn("text", "currency of the amount", "USD"),
        "rebates": OutputColumn(
            "text", "the rebates that pay on it, program/rebate, with semicolons between", "dealers/growth; edi/orders"
        ),
    }
)


def render_overlaps(overlaps: pl.DataFrame, digits: Mapping[str, int]) -> bytes:
    """Render the report as CSV (RFC 4180, UTF-8), in the order of its rows.

    `overlaps`: transaction_id, source, member_id, activity_date, amount, currency and payers, a list. Amounts have the
    decimals of their currency, or all four where the extract has more of them or the currency is not known. An id that
    a spreadsheet would run as a formula gets an apostrophe in front: the report is for people, and no payment may wait
    for it.
    """
    exact = pl.col("amount").cast(pl.Decimal(38, 4)).cast(pl.String)
    names = ("transaction_id", "source", "member_id")
    known = pl.col("currency").replace_strict(dict(digits), default=None, return_dtype=pl.Int32)
    shown = overlaps.with_columns(digits=known).with_columns(
        *(safe(pl.col(name)).alias(name) for name in names),
        pl.col("activity_date").cast(pl.String),
        amount=pl.coalesce(amount_text("amount", "digits"), exact),
        rebates=pl.col("payers").list.join("; "),
    )
    return shown.select(*COLUMNS).write_csv(line_terminator="\r\n").encode()
