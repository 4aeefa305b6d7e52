"""overlaps.csv: the transactions on which more than one rebate pays, for a review whether that was intended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import amount_text
from reports.erp.cell_checks import FORMULA

if TYPE_CHECKING:
    from collections.abc import Mapping

OVERLAPS_FILE = "overlaps.csv"


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
    shown = overlaps.with_columns(digits=known).select(
        *(_safe(name) for name in names),
        pl.col("activity_date").cast(pl.String),
        pl.coalesce(amount_text("amount", "digits"), exact).alias("amount"),
        "currency",
        pl.col("payers").list.join("; ").alias("rebates"),
    )
    return shown.write_csv(line_terminator="\r\n").encode()


def _safe(name: str) -> pl.Expr:
    """Return a column with an apostrophe before texts that a spreadsheet would run."""
    text = pl.col(name)
    return pl.when(text.str.contains(FORMULA)).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)
