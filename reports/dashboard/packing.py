"""The data of a dashboard, packed: texts once, money in whole minor units, and few enough rows for one file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from reports.dashboard.words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from reports.page.language import Language

MOST_ROWS = 6_000
"""The most rows of a frame; beyond that the members with the smallest amounts are one, OTHERS."""

MOST_LISTED = 400
"""The most rows of a list, such as who is near a tier: those with the most money."""

_LISTS = {"near": "brings", "overlaps": "amount", "plan": "target", "growth": "this_year", "beside": "visits"}
"""Lists, and what those have most of that are kept."""

MOST_PRODUCTS = 60
OTHERS = "all others"
_MONEY = ("amount", "earned", "projected", "low", "high", "brings", "this_year", "last_year", "budget", "spent",
          "double_cost", "target", "actual")  # fmt: skip


@dataclass(frozen=True)
class About:
    """The run that a dashboard is about, the titles of programs and rebates, and the language of its readers.

    titles: by program and program/rebate.
    """

    run_id: str
    as_of: date
    titles: Mapping[str, str]
    language: Language


def packed_data(frames: Mapping[str, pl.DataFrame], about: About) -> str:
    """Return the frames of a dashboard as JSON: for each its columns, texts as numbers of a list that holds them once.

    Money is in whole minor units of the row's currency, so that a script adds it up exactly. For the frames see
    pipelines.dashboard.frames. Only members that something is shown of are named.
    """
    small, digits = _cut_down(frames), about.language.digits
    currencies = sorted({currency for frame in small.values() if "currency" in frame for currency in frame["currency"]})
    packed = {name: _columns(frame, digits) for name, frame in small.items()}
    data = {
        "run": about.run_id,
        "as_of": about.as_of.isoformat(),
        "digits": {currency: digits.get(currency, 2) for currency in currencies},
        "titles": dict(about.titles),
        "words": words_of(about.language),
        "periods": _periods(small, about.language),
        "units": {unit: about.language.names_of_unit(unit) for unit in _units(small["near"])},
        "frames": packed,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _periods(frames: Mapping[str, pl.DataFrame], language: Language) -> dict[str, str]:
    """Return what the periods that are shown are called, by id."""
    found = {period for name in ("posted", "open") for period in frames[name]["period"] if period}
    return {period: language.period(period) for period in sorted(found)}


def _units(near: pl.DataFrame) -> list[str]:
    units: list[str] = near["short_unit"].drop_nulls().unique().sort().to_list()
    return [unit for unit in units if unit not in {"", "currency", "percent"}]


def _cut_down(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the frames with few enough rows."""
    small = dict(frames)
    small["posted"] = few_members(frames["posted"], "amount", most=MOST_ROWS)
    small["open"] = few_members(frames["open"], "projected", most=MOST_ROWS)
    small["sales"] = _few_products(frames["sales"])
    small["visits"] = _few_reps(frames["visits"])
    for name, amount in _LISTS.items():
        frame = frames[name]
        small[name] = frame if frame.height <= MOST_LISTED else frame.sort(amount, descending=True).head(MOST_LISTED)
    shown = pl.concat([small[name]["member"] for name in ("posted", "open", "near", "growth", "beside")]).unique()
    small["members"] = frames["members"].filter(pl.col("member").is_in(shown.implode()))
    return small


def few_members(frame: pl.DataFrame, amount: str, *, most: int) -> pl.DataFrame:
    """Return `frame` with at most about `most` rows: the members with the smallest `amount` are added up as OTHERS."""
    if frame.height <= most:
        return frame
    sums = [name for name, dtype in frame.schema.items() if dtype.is_decimal()]
    keys = [name for name in frame.columns if name not in sums]
    ranked = frame.group_by("member").agg(pl.col(amount).abs().sum(), rows=pl.len()).sort(amount, descending=True)
    kept = ranked.filter(pl.col("rows").cum_sum() <= most // 2)["member"]
    # Without the period and the member: of all others there is nothing to explain one by one.
    others = pl.when(pl.col("member").is_in(kept.implode())).then("member").otherwise(pl.lit(OTHERS))
    named = frame.with_columns(member=others)
    period = pl.when(pl.col("member") == OTHERS).then(pl.lit("")).otherwise("period").alias("period")
    return named.with_columns(period).group_by(keys).agg(pl.col(sums).sum()).sort(keys)


def _few_reps(visits: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of visits with few enough reps: those with the fewest visits are added up as OTHERS."""
    if visits.height <= MOST_ROWS:
        return visits
    ranked = (
        visits.group_by("rep").agg(pl.col("made").sum(), rows=pl.len()).sort("made", "rep", descending=[True, False])
    )
    kept = ranked.filter(pl.col("rows").cum_sum() <= MOST_ROWS // 2)["rep"]
    rep = pl.when(pl.col("rep").is_in(kept.implode())).then("rep").otherwise(pl.lit(OTHERS)).alias("rep")
    keys = ["rep", "region", "month"]
    return visits.with_columns(rep).group_by(keys).agg(pl.exclude(keys).sum()).sort(keys).select(visits.columns)


def _few_products(sales: pl.DataFrame) -> pl.DataFrame:
    if sales.height <= MOST_ROWS and sales["product"].n_unique() <= MOST_PRODUCTS:
        return sales
    # By each currency's own order: amounts of several currencies cannot be compared.
    ranked = sales.group_by("currency", "product").agg(pl.col("amount").sum()).sort("amount", descending=True)
    top = ranked.group_by("currency", maintain_order=True).head(MOST_PRODUCTS // 2).select("currency", "product")
    keys = ["product", "month", "region", "currency"]
    marked = sales.join(top.with_columns(is_top=True), on=["currency", "product"], how="left")
    named = marked.with_columns(product=pl.when("is_top").then("product").otherwise(pl.lit(OTHERS)))
    by_region = named.group_by(keys).agg(pl.col("amount").sum()).sort(keys)
    if by_region.height <= MOST_ROWS:
        return by_region
    # Still too many: of all regions together, a few hundred rows a currency.
    return by_region.with_columns(region=pl.lit("")).group_by(keys).agg(pl.col("amount").sum()).sort(keys)


def _columns(frame: pl.DataFrame, digits: Mapping[str, int]) -> dict[str, Any]:
    """Return a frame by columns: texts as {values, at}, all else as a list."""
    found: dict[str, Any] = {}
    for name, dtype in frame.schema.items():
        column = frame[name]
        if name in _MONEY:
            pairs = zip(column, frame["currency"], strict=True)
            found[name] = [None if value is None else _minor(value, digits.get(unit, 2)) for value, unit in pairs]
        elif dtype == pl.String:
            values = sorted(set(column.drop_nulls()))
            at = {value: number for number, value in enumerate(values)}
            found[name] = {"values": values, "at": [at.get(value, -1) for value in column]}
        elif dtype.is_decimal():
            found[name] = [None if value is None else f"{value.normalize():f}" for value in column]
        else:
            found[name] = [str(value) if dtype.is_temporal() else value for value in column]
    return found


def _minor(amount: Decimal, digits: int) -> int:
    return int(amount.scaleb(digits).quantize(Decimal(1), ROUND_HALF_UP))
