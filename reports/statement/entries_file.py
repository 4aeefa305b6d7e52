"""The file beside a statement with every entry of the account: what it stood at, what was earned, and what was paid."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import shown_amount
from reports.erp.cell_checks import safe
from reports.erp.csv_lines import csv_files
from schemas.output_columns import OutputColumn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.erp.csv_lines import CsvFile

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


def entries_files(entries: pl.DataFrame, digits: Mapping[str, int]) -> Iterator[CsvFile]:
    """Yield the file of every payee, in the order of its entries; columns as in COLUMNS.

    A text that a spreadsheet would run as a formula gets an apostrophe in front: the file is for people.
    """
    cells = entries.with_columns(*(safe(pl.col(name)).alias(name) for name in _SAFE), shown_amount("amount", digits))
    return csv_files(cells, "payee_id", list(COLUMNS))
