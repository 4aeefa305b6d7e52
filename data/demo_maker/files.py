"""Writes the extracts, a stretch of rows at a time, so that memory use is the same for any number of rows."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pyarrow.parquet as pq

from demo_maker.sales import transactions
from demo_maker.text import ERP_COLUMNS, POS_COLUMNS, described, erp_lines, pos_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo_maker.days import Month
    from demo_maker.records import Table
    from demo_maker.sales import Market

STRETCH = 250_000
POS_ENCODING = "cp932"

# The faults that a row can have whose columns already have types.
_TYPED_FAULTS: tuple[dict[str, pl.Expr], ...] = (
    {"member_id": pl.lit("M-X") + pl.col("member_id").str.tail(3)},
    {"product_id": pl.lit("P-X") + pl.col("product_id").str.tail(3)},
    {"type": pl.lit("return"), "quantity": pl.col("quantity").abs() + 1, "amount": pl.col("amount").abs() + 1},
    {"activity_date": pl.col("received_on") + pl.duration(days=40)},
    {"transaction_id": pl.lit(None, pl.String)},
)


def write_table(path: Path, table: Table) -> None:
    """Write one small extract as CSV in UTF-8."""
    header, rows = table
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_csv(folder: Path, market: Market) -> Iterator[int]:
    """Write a file per half-year from the ERP and one from the points of sale; yields the number of rows written."""
    begun = ""
    for month in market.spread:
        # A half-year's file is opened once per month: "wb" begins it anew, so that a second run does not append to the
        # first.
        how = "ab" if month.half == begun else "wb"
        with (
            (folder / f"transactions-{month.half}.csv").open(how) as erp,
            (folder / f"pos-{month.half}.txt").open(how) as pos,
        ):
            if month.half != begun:
                erp.write((",".join(ERP_COLUMNS) + "\n").encode())
                pos.write(("\t".join(POS_COLUMNS) + "\r\n").encode(POS_ENCODING))
                begun = month.half
            for rows in _stretches(market, month):
                from_pos, from_erp = rows.partition_by("from_pos", as_dict=True, include_key=True), rows.head(0)
                erp.write(_joined(erp_lines(from_pos.get((False,), from_erp)), "\n").encode())
                pos.write(_joined(pos_lines(from_pos.get((True,), from_erp)), "\r\n").encode(POS_ENCODING))
                yield rows.height


def write_parquet(folder: Path, market: Market) -> Iterator[int]:
    """Write the transactions as a typed Parquet file per month, money as decimals; yields the rows written."""
    schema = _typed(described(market, transactions(market, 0, 1))).to_arrow().schema
    for month in market.spread:
        with pq.ParquetWriter(folder / f"transactions-{month.name}.parquet", schema) as writer:
            for rows in _stretches(market, month):
                writer.write_table(_typed(rows).to_arrow())
                yield rows.height


def _stretches(market: Market, month: Month) -> Iterator[pl.DataFrame]:
    for first in range(month.first, month.end, STRETCH):
        yield described(market, transactions(market, first, min(first + STRETCH, month.end)))


def _joined(lines: pl.Series, ending: str) -> str:
    return lines.str.join(ending).item() + ending if len(lines) else ""


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    # A whole number times a power of ten is exact in a decimal; a division would not promise that.
    typed = rows.select(
        "transaction_id",
        "member_id",
        "product_id",
        "activity_date",
        "received_on",
        "type",
        "unit",
        "currency",
        "order_id",
        "channel",
        "broken",
        quantity=pl.col("milli").cast(pl.Decimal(18, 6)) * pl.lit(Decimal("0.001")),
        amount=pl.col("cents").cast(pl.Decimal(18, 4)) * pl.lit(Decimal("0.01")),
    ).cast({"quantity": pl.Decimal(18, 6), "amount": pl.Decimal(18, 4)})
    fault = (pl.col("broken") - 1) % len(_TYPED_FAULTS)
    changes = {column: pl.col(column) for column in typed.columns if column != "broken"}
    for n, change in enumerate(_TYPED_FAULTS):
        for column, wrong in change.items():
            faulty = (pl.col("broken") > 0) & (fault == n)
            changes[column] = pl.when(faulty).then(wrong).otherwise(changes[column])
    return typed.select(**changes).cast({"quantity": pl.Decimal(18, 6), "amount": pl.Decimal(18, 4)})
