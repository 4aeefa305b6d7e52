"""The file beside a statement with the positions of which its page has only a line for several."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import amount_text, value_text, with_digits
from reports.erp.cell_checks import safe
from reports.erp.csv_lines import csv_files
from schemas.output_columns import OutputColumn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.erp.csv_lines import CsvFile

_AMOUNTS = ("earned", "posted_before", "posted_now", "open_amount")
COLUMNS: Mapping[str, OutputColumn] = MappingProxyType(
    {
        "program": OutputColumn("text", "id of the program", "dealer-revenue"),
        "rebate": OutputColumn("text", "name of the rebate", "quarterly-revenue"),
        "period": OutputColumn("text", "period of the rebate", "2026-Q4"),
        "member_id": OutputColumn("text", "the partner that earns", "D-0001"),
        "member_name": OutputColumn("text", "name of the partner", "Northside Garage"),
        "period_start": OutputColumn("day", "first day of the period", "2026-10-01"),
        "period_end": OutputColumn("day", "last day of the period", "2026-12-31"),
        "qualifier": OutputColumn("figure", "the figure that selects the tier", "51250.25"),
        "measure": OutputColumn("figure", "the figure that is paid on", "51250.25"),
        "tier": OutputColumn("whole", "number of the tier reached", "2"),
        "earned": OutputColumn("money", "earned so far", "1153.13"),
        "posted_before": OutputColumn("money", "in earlier payouts", "1171.13"),
        "posted_now": OutputColumn("money", "in this payout", "-18.00"),
        "open_amount": OutputColumn("money", "not settled yet", "0.00"),
        "currency": OutputColumn("text", "currency of the amounts", "USD"),
    }
)


def has_file() -> pl.Expr:
    """Return whether a payee's positions that do not stand in full are also in a file: where a line has several."""
    return (pl.len().over("payee_id", "program", "rebate", "period") > 1).any().over("payee_id")


def rebates_files(positions: pl.DataFrame, digits: Mapping[str, int]) -> Iterator[CsvFile]:
    """Yield the file of every payee, in the order of its positions; columns as in COLUMNS.

    A text that a spreadsheet would run as a formula gets an apostrophe in front: the file is for people.
    """
    names = ("program", "rebate", "period", "member_id", "member_name")
    shown = with_digits(positions, digits).with_columns(
        *(safe(pl.col(name)).alias(name) for name in names),
        *(pl.col(name).cast(pl.String) for name in ("period_start", "period_end")),
        *(value_text(name).alias(name) for name in ("qualifier", "measure")),
        *(amount_text(name, "digits").alias(name) for name in _AMOUNTS),
    )
    return csv_files(shown, "payee_id", list(COLUMNS))
