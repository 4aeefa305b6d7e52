"""The file beside a statement with every entry of the account: what it stood at, what was earned, and what was paid."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import shown_amount
from reports.erp.cell_checks import safe
from schemas.output_columns import OutputColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS: Mapping[str, OutputColumn] = MappingProxyType(
    {
        "currency": OutputColumn("text", "currency of the account", "USD"),
        "entry": OutputColumn("text", "line of the account: opening, earned, restated, adjusted, …, paid", "earned"),
        "day": OutputColumn("day", "day of the posting or payment", "2026-11-23"),
        "payout_id": OutputColumn("text", "id of the payout", "2026-11-USD-0f3a9c"),
        "payout_period": OutputColumn("text", "month of the payout", "2026-11"),
        "program": OutputColumn("text", "id of the program", "dealer-revenue"),
        "rebate": OutputColumn("text", "name of the rebate", "quarterly-revenue"),
        "period": OutputColumn("text", "period of the rebate", "2026-Q3"),
        "member_id": OutputColumn("text", "the partner that earned it", "D-0001"),
        "member_name": OutputColumn("text", "name of the partner", "Northside Garage"),
        "reference": OutputColumn("text", "reference of the payment", "TRN-000112233"),
        "reason": OutputColumn("text", "reason of an adjustment, or of what was written off", "goodwill"),
        "amount": OutputColumn("money", "above zero what is owed to the payee, below zero what it got", "1153.13"),
    }
)
_SAFE = ("program", "rebate", "period", "payout_id", "member_id", "member_name", "reference", "reason")


def entry_cells(entries: pl.DataFrame, digits: Mapping[str, int]) -> pl.DataFrame:
    """Return the cells of the entries of many payees; what a spreadsheet would run gets an apostrophe in front."""
    return entries.with_columns(*(safe(pl.col(name)).alias(name) for name in _SAFE), shown_amount("amount", digits))


def render_entries(cells: pl.DataFrame) -> bytes:
    """Render the entries of one payee as CSV (RFC 4180, UTF-8), in their order; columns as in COLUMNS."""
    return cells.select(*COLUMNS).write_csv(line_terminator="\r\n").encode()
