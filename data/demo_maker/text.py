"""Transactions as the systems of Rayler Parts write them: lines of text, and the faults that some of them have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from demo_maker.sales import Market

ERP_COLUMNS = (
    "transaction_id", "dealer_no", "product_id", "activity_date", "booked_on", "type", "quantity", "unit", "amount",
    "currency", "order_id", "channel",
)  # fmt: skip
# Slip, line, customer, customer's name, product, sold on, received on, kind, quantity, unit, amount.
POS_COLUMNS = (
    "伝票番号", "行番号", "得意先コード", "得意先名", "商品コード", "売上日", "受信日", "区分", "数量", "単位", "金額",
)  # fmt: skip

FAULTS: dict[str, dict[str, pl.Expr]] = {
    "bad date": {"activity_date": pl.col("activity_date").str.head(5) + "02-30"},
    "not a number": {"amount": pl.lit("NaN")},
    "exponent": {"amount": pl.lit("1e3")},
    "unknown member": {"dealer_no": pl.lit("M-X") + pl.col("dealer_no").str.tail(3)},
    "unknown product": {"product_id": pl.lit("P-X") + pl.col("product_id").str.tail(3)},
    "wrong sign": {"type": pl.lit("return"), "quantity": pl.lit("2"), "amount": pl.lit("118.40")},
    "future date": {"activity_date": (pl.col("booked_on").str.to_date() + pl.duration(days=40)).dt.to_string()},
    "too many decimals": {"amount": pl.col("amount").str.split(".").list.first() + ".123456"},
    "ragged": {"currency": pl.lit(None, pl.String)},
    "missing id": {"transaction_id": pl.lit("")},
    "missing quantity": {"quantity": pl.lit("")},
    "thousands mark": {"amount": pl.lit('"1,250.00"')},
}
"""The faults a row can have: the columns that are changed; a ragged row ends in the middle of its line."""


def described(market: Market, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the texts for their positions and days: ids, names, dates, orders."""
    partners, goods = market.partners, market.goods
    return rows.with_columns(
        pl.Series("member_id", [p.member_id for p in partners]).gather(rows["partner"]),
        pl.Series("name", [p.name for p in partners]).gather(rows["partner"]),
        pl.Series("from_pos", [p.from_pos for p in partners]).gather(rows["partner"]),
        pl.Series("product_id", [g.product_id for g in goods]).gather(rows["good"]),
        activity_date=pl.from_epoch("active", time_unit="d"),
        received_on=pl.from_epoch("received", time_unit="d"),
        transaction_id=pl.format("T{}", (pl.col("about") + 1).cast(pl.String).str.zfill(9)),
        # Everything a partner buys on one day is one order.
        order_id=pl.format("O-{}-{}", "active", pl.col("partner") + 1),
    )


def erp_lines(rows: pl.DataFrame) -> pl.Series:
    """Return rows, as returned by `described`, as lines of the ERP's extract, those with a fault included."""
    written = rows.select(
        "transaction_id",
        "product_id",
        "type",
        "unit",
        "currency",
        "order_id",
        "channel",
        "broken",
        dealer_no="member_id",
        activity_date=pl.col("activity_date").dt.to_string(),
        booked_on=pl.col("received_on").dt.to_string(),
        quantity=quantity_text(),
        amount=_amount_text(),
    )
    fault = (pl.col("broken") - 1) % len(FAULTS)
    changes = {column: pl.col(column) for column in ERP_COLUMNS}
    for n, change in enumerate(FAULTS.values()):
        for column, wrong in change.items():
            faulty = (pl.col("broken") > 0) & (fault == n)
            changes[column] = pl.when(faulty).then(wrong).otherwise(changes[column])
    line = pl.concat_str(ERP_COLUMNS, separator=",")
    broken_off = pl.concat_str(ERP_COLUMNS[:6], separator=",")
    return written.with_columns(**changes).select(line.fill_null(broken_off).alias("line")).to_series()


def pos_lines(rows: pl.DataFrame) -> pl.Series:
    """Return rows as tab-separated lines of the point-of-sale extract: Japanese names, returns without a minus sign."""
    return rows.select(
        pl.concat_str(
            pl.format("S{}", (pl.col("about") // 4).cast(pl.String).str.zfill(8)),
            (pl.col("about") % 4 + 1).cast(pl.String),
            "member_id",
            # The old system's character set has no 𠮷.
            pl.col("name").str.replace_all("𠮷", "吉", literal=True),
            "product_id",
            pl.col("activity_date").dt.to_string("%Y/%m/%d"),
            pl.col("received_on").dt.to_string("%Y/%m/%d"),
            pl.col("type").str.to_uppercase(),
            quantity_text().str.strip_prefix("-"),
            "unit",
            _yen_text(),
            separator="\t",
        ).alias("line")
    ).to_series()


def quantity_text() -> pl.Expr:
    """Return a quantity with a half as .5 and without one as a whole number."""
    milli = pl.col("milli")
    half = pl.when(milli % 1000 > 0).then(pl.lit(".5")).otherwise(pl.lit(""))
    return _signed(milli, (milli.abs() // 1000).cast(pl.String) + half)


def _amount_text() -> pl.Expr:
    cents = pl.col("cents").abs()
    whole = (cents // 100).cast(pl.String)
    exact = pl.concat_str(whole, (cents % 100).cast(pl.String).str.zfill(2), separator=".")
    return _signed(pl.col("cents"), pl.when(pl.col("currency") == "JPY").then(whole).otherwise(exact))


def _yen_text() -> pl.Expr:
    return (pl.col("cents").abs() // 100).cast(pl.String)


def _signed(number: pl.Expr, text: pl.Expr) -> pl.Expr:
    return pl.when(number < 0).then(pl.concat_str(pl.lit("-"), text)).otherwise(text)
