"""The transactions, made column by column from their index alone: any range of rows, without the ones before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from demo_maker.days import FIRST_MONTH, GROWTH_FROM, Month, day_number, months, received_days
from demo_maker.dice import draw, draw_weighted
from demo_maker.goods import BOUGHT

if TYPE_CHECKING:
    from datetime import date

    from demo_maker.goods import Good
    from demo_maker.partners import Partner

# Which rows of every thousand correct or repeat an earlier row, or are broken. The row before each is a plain one.
_CORRECTION = (200, 137)
_REPEAT = (250, 91)
_BROKEN = (500, 333)
_FULL_SIZE = 50_000
_CHANNELS = pl.Series(["edi", "web", "edi", "counter", "web"])
# Of a hundred rows: so many by the case, so many returns, and credits up to this one.
_BY_CASE, _RETURNS, _CREDITS = 24, 4, 5
_HABIT = 88


@dataclass(frozen=True)
class Market:
    """Who trades what, and how much of it: everything on which the rows depend."""

    partners: tuple[Partner, ...]
    goods: tuple[Good, ...]
    rows: int
    seed: int

    @cached_property
    def spread(self) -> tuple[Month, ...]:
        """Return the months, with the rows received in each."""
        return months(self.rows)

    @cached_property
    def price_list(self) -> pl.DataFrame:
        """Return the goods in their order: base_unit, case, and price in cents and in yen."""
        return pl.DataFrame(
            {
                "base_unit": [good.unit for good in self.goods],
                "case": [good.case for good in self.goods],
                "cents_price": [good.price for good in self.goods],
                "yen_price": [good.yen for good in self.goods],
            }
        )

    def first_row(self, month: date) -> int:
        """Return the index of the first row received in the month that begins on `month`."""
        return next(spread.first for spread in self.spread if spread.start == month)

    def draw(self, sides: int, index: pl.Series, stream: str) -> pl.Series:
        """Return a number from 0 to `sides` - 1 for each index."""
        return draw(sides, index, stream=stream, seed=self.seed)


def transactions(market: Market, first: int, end: int) -> pl.DataFrame:
    """Return the rows from `first` (included) to `end` (not included).

    Columns, all i64 but the texts: index (of the row), about (the index of the transaction of which it is a version),
    broken (0, or which fault it shall have, from 1), received, active (days from 1970-01-01), partner, good
    (positions), milli (thousandths of a unit), cents (hundredths of the currency, yen included), and currency, unit,
    type, channel.
    """
    index = pl.int_range(first, end, eager=True)
    about = _about(index, market.rows)
    corrected = _is_slot(index, _CORRECTION) & (about != index)
    received = received_days(about, market.spread).zip_with(~corrected, received_days(index, market.spread))
    sold = _sold(market, about, corrected)
    broken = pl.select(
        pl.when(_is_slot(index, _BROKEN)).then(1 + index // _BROKEN[0]).otherwise(0).alias("broken")
    ).to_series()
    return sold.with_columns(index=index, about=about, broken=broken, received=received)


def _is_slot(index: pl.Series, slot: tuple[int, int]) -> pl.Series:
    every, at = slot
    return index % every == at


def _about(index: pl.Series, rows: int) -> pl.Series:
    """Return the row that each row is about; corrections and repeats are about the one before, or one of weeks ago.

    How far back depends only on the position within the thousand, so that no two of them are about the same row.
    """
    thousands = max(1, rows // _FULL_SIZE) * 1000
    back = 1 + thousands * (index % 1000 // 20 % 6)
    special = (_is_slot(index, _CORRECTION) | _is_slot(index, _REPEAT)) & (index >= back)
    return (index - back).zip_with(special, index)


def _sold(market: Market, about: pl.Series, corrected: pl.Series) -> pl.DataFrame:
    received = received_days(about, market.spread)
    chance, like = market.draw, _like(market, about)
    partner = _partner(market, like, received)
    is_supplier = pl.Series([p.type == "supplier" for p in market.partners]).gather(partner)
    good = _good(market, like, is_supplier)
    frame = market.price_list[good].with_columns(
        partner=partner,
        good=good,
        active=received - _delay(market, about),
        roll=chance(100, like, "type"),
        by_case=chance(100, like, "unit") < _BY_CASE,
        size=chance(16, like, "size a") * chance(16, like, "size b") // 6,
        half=chance(2, like, "half litre"),
        is_supplier=is_supplier,
        off=chance(15, like, "discount") + 6 * corrected.cast(pl.Int64),
        shorter=corrected & (about % 3 == 0),
        channel=_CHANNELS.gather(chance(5, like, "channel")),
        currency=_currency(market, like, partner),
    )
    return frame.with_columns(pl.col("by_case") & (pl.col("case") > 0)).pipe(_typed).pipe(_counted).pipe(_priced)


def _like(market: Market, about: pl.Series) -> pl.Series:
    """Return the row that each row resembles: from 2026 on mostly one of the year before, so that growth is steady."""
    before = market.first_row(GROWTH_FROM.replace(year=GROWTH_FROM.year - 1))
    from_then_on = market.first_row(GROWTH_FROM)
    resembles = (about >= from_then_on) & (market.draw(100, about, "habit") < _HABIT)
    return (about - (from_then_on - before)).zip_with(resembles, about)


def _partner(market: Market, about: pl.Series, received: pl.Series) -> pl.Series:
    before, after = (
        draw_weighted(weights, about, stream="partner", seed=market.seed)
        for weights in ([p.weight_before for p in market.partners], [p.weight_2026 for p in market.partners])
    )
    return before.zip_with(received < day_number(GROWTH_FROM), after)


def _good(market: Market, about: pl.Series, is_supplier: pl.Series) -> pl.Series:
    bought, sold = (
        pl.Series([n for n, good in enumerate(market.goods) if (good.category == BOUGHT) is wanted], dtype=pl.Int64)
        for wanted in (True, False)
    )
    return bought.gather(market.draw(len(bought), about, "good")).zip_with(
        is_supplier, sold.gather(market.draw(len(sold), about, "good"))
    )


def _delay(market: Market, about: pl.Series) -> pl.Series:
    """Return the days to receipt: mostly none or one, sometimes up to ten weeks, but none before the first day."""
    usual = pl.Series([0] * 11 + [1] * 6 + [2, 2, 3], dtype=pl.Int64).gather(market.draw(20, about, "delay"))
    late = market.draw(64, about, "weeks late") + 7
    wanted = late.zip_with(market.draw(20, about, "is late") == 0, usual)
    room = received_days(about, market.spread) - day_number(FIRST_MONTH)
    return wanted.zip_with(wanted < room, room)


def _currency(market: Market, about: pl.Series, partner: pl.Series) -> pl.Series:
    own = pl.Series([p.currency for p in market.partners]).gather(partner)
    # The point-of-sale system knows yen only.
    others = ["JPY" if p.currency == "USD" or p.from_pos else "USD" for p in market.partners]
    other = pl.Series(others).gather(partner)
    return other.zip_with(market.draw(100, about, "currency") == 0, own)


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    kind = (
        pl.when(pl.col("roll") < _RETURNS).then(pl.lit("return"))
        .when(pl.col("roll") < _CREDITS).then(pl.lit("credit"))
        .when("is_supplier").then(pl.lit("delivery"))
        .otherwise(pl.lit("sale"))
    )  # fmt: skip
    unit = pl.when("by_case").then(pl.lit("case")).otherwise("base_unit")
    return rows.with_columns(type=kind, unit=unit)


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with quantities: a few cases, suppliers' goods by the hundred, litres in halves, partial returns."""
    few = pl.col("size") // 8 + 1
    many = (pl.col("size") + 1) * 10
    pieces = pl.col("size") + 1 + pl.col("shorter").cast(pl.Int64)
    count = pl.when("by_case").then(few).when("is_supplier").then(many).otherwise(pieces)
    count = pl.when(pl.col("type") == "return").then(-(count // 3 + 1)).otherwise(count)
    in_litres = (pl.col("unit") == "litre") & (count > 0)
    milli = count * 1000 + pl.when(in_litres).then(pl.col("half") * 500).otherwise(0)
    return rows.with_columns(worth=milli, milli=pl.when(pl.col("type") == "credit").then(0).otherwise(milli))


def _priced(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with prices in whole numbers, halves up: list price less discount; a credit gives back a tenth."""
    in_yen = pl.col("currency") == "JPY"
    units = pl.col("worth") * pl.when("by_case").then("case").otherwise(1)
    list_price = pl.when(in_yen).then("yen_price").otherwise("cents_price")
    minor = (list_price * units.abs() * (100 - pl.col("off")) + 50_000) // 100_000
    minor = pl.when(pl.col("type") == "credit").then(minor // 10).otherwise(minor)
    signed = minor * pl.when(pl.col("type").is_in(["return", "credit"])).then(-1).otherwise(1)
    cents = signed * pl.when(in_yen).then(100).otherwise(1)
    return rows.with_columns(cents=cents).select(
        "active", "partner", "good", "milli", "cents", "currency", "unit", "type", "channel"
    )
