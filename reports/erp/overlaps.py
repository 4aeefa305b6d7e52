"""overlaps.csv: what more than one rebate pays on, by pair of rebates, for a review whether that was intended."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import shown_amount
from reports.erp.cell_checks import safe
from schemas.output_columns import OutputColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

OVERLAPS_FILE = "overlaps.csv"
COLUMNS: Mapping[str, OutputColumn] = MappingProxyType(
    {
        "rebate": OutputColumn("text", "a rebate, as program/rebate", "dealers/growth"),
        "other_rebate": OutputColumn("text", "another one, which pays on the same transactions", "edi/orders"),
        "transactions": OutputColumn("whole", "how many transactions both pay on", "12"),
        "amount": OutputColumn("money", "what those add up to", "1600.00"),
        "currency": OutputColumn("text", "currency of the amount", "USD"),
    }
)

LISTED: Mapping[str, OutputColumn] = MappingProxyType(
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
"""The columns of the single transactions, which are listed on demand."""


def render_overlaps(pairs: pl.DataFrame, digits: Mapping[str, int]) -> bytes:
    """Render the report as CSV (RFC 4180, UTF-8), in the order of its rows.

    `pairs`: one, other, currency, transactions and amount. Amounts have the decimals of their currency, or all four
    where the extract has more of them or the currency is not known.
    """
    shown = pairs.with_columns(shown_amount("amount", digits), rebate="one", other_rebate="other")
    return shown.select(*COLUMNS).write_csv(line_terminator="\r\n").encode()


def render_listed(overlaps: pl.DataFrame, digits: Mapping[str, int]) -> bytes:
    """Render single transactions as CSV: transaction_id, source, member_id, activity_date, amount, currency, payers.

    `payers` is a list. An id that a spreadsheet would run as a formula gets an apostrophe in front: the report is for
    people, and no payment may wait for it.
    """
    shown = overlaps.with_columns(
        *(safe(pl.col(name)).alias(name) for name in ("transaction_id", "source", "member_id")),
        pl.col("activity_date").cast(pl.String),
        shown_amount("amount", digits),
        rebates=pl.col("payers").list.join("; "),
    )
    return shown.select(*LISTED).write_csv(line_terminator="\r\n").encode()
