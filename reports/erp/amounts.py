"""Figures of the files that other systems read: exact amounts, with the decimals of their currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schemas.errors import InvariantError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MONEY_SCALE = 4
"""The decimals of an amount in the books."""


def amount_text(amount: str, digits: str | pl.Expr, *, among: Collection[int] = range(MONEY_SCALE + 1)) -> pl.Expr:
    """Return the money column `amount` as text with as many decimals as the integers `digits` state, unrounded.

    The text is null where the amount has more decimals than that; see `check_minor_units`. `among`: the numbers that
    `digits` may be, of which few are faster.
    """
    exact = pl.col(amount).cast(pl.Decimal(38, MONEY_SCALE))
    stated = (pl.col(digits) if isinstance(digits, str) else digits).cast(pl.Int64)
    shown = []
    for places in among:
        # A cast to fewer decimals rounds in silence: what it changed has no text.
        cut = exact.cast(pl.Decimal(38, places))
        shown.append(pl.when((stated == places) & (cut == exact)).then(cut.cast(pl.String)))
    return pl.coalesce(*shown, pl.lit(None, pl.String)).alias(amount)


def shown_amount(amount: str, digits: Mapping[str, int]) -> pl.Expr:
    """Return the money column `amount`, beside the column currency, as text for a file that people read.

    It has the decimals of its currency, or all four where it needs them or the currency is not among `digits`. It is
    fastest with only those currencies in `digits` that there are.
    """
    known = pl.col("currency").replace_strict(dict(digits), default=None, return_dtype=pl.Int32)
    exact = pl.col(amount).cast(pl.Decimal(38, MONEY_SCALE)).cast(pl.String)
    return pl.coalesce(amount_text(amount, known, among=set(digits.values())), exact)


def figure_text(amount: str, digits: str) -> pl.Expr:
    """Return the money column `amount` for readers: 1,234.50, at least `digits` decimals and all there are, unrounded.

    Thousands are separated by a comma and decimals by a point, as in both languages of the statements.
    """
    text = pl.col(amount).cast(pl.Decimal(38, MONEY_SCALE)).cast(pl.String)
    sign = pl.when(pl.col(amount) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    # Cut by places, not by patterns: statements write millions of amounts.
    whole, decimals = text.str.head(-MONEY_SCALE - 1).str.strip_chars_start("-"), text.str.tail(MONEY_SCALE)
    # Groups of three count from the right; the regular expressions of polars have no look-ahead.
    parted = whole.str.reverse().str.replace_all(r"(\d{3})", "${1},").str.strip_chars_end(",").str.reverse()
    cut = decimals.str.slice(0, pl.col(digits)) + decimals.str.slice(pl.col(digits)).str.strip_chars_end("0")
    return pl.concat_str(sign, parted, pl.when(cut == "").then(pl.lit("")).otherwise(pl.lit(".")), cut)


def value_text(column: str) -> pl.Expr:
    """Return the decimal column `column` as text without trailing zeros."""
    return pl.col(column).cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")


def with_digits(frame: pl.DataFrame, digits: Mapping[str, int]) -> pl.DataFrame:
    """Return `frame` with the column digits: the decimals of each row's currency; an unknown currency raises."""
    decimals = pl.col("currency").replace_strict(dict(digits), return_dtype=pl.Int32)
    return frame.with_columns(digits=decimals)


def with_shown_digits(frame: pl.DataFrame, digits: Mapping[str, int]) -> pl.DataFrame:
    """Return `frame` with the column digits for `figure_text`: 0 for an unknown currency, shown as extracted."""
    decimals = pl.col("currency").replace_strict(dict(digits), default=0, return_dtype=pl.Int64)
    return frame.with_columns(digits=decimals)


def check_minor_units(frame: pl.DataFrame, *, file: str, name: str) -> None:
    """Refuse amounts with more decimals than their currency has (frame: amount, currency, digits, `name`).

    Raises:
        InvariantError: names every such row by its column `name`.
    """
    broken = frame.filter(pl.col("amount").is_not_null() & amount_text("amount", "digits").is_null())
    problems = [
        Problem(
            f"the amount {row['amount']} {row['currency']} of {row[name]} has more than {row['digits']} decimals",
            "report this: amounts are rounded before they are posted",
            at=Place(file),
        )
        for row in broken.iter_rows(named=True)
    ]
    if problems:
        raise InvariantError(*problems)


def control_totals(frame: pl.DataFrame) -> dict[str, str]:
    """Return the amounts per currency as text with the currency's decimals (frame: amount, currency, digits)."""
    sums = frame.group_by("currency", "digits").agg(pl.col("amount").cast(pl.Decimal(38, MONEY_SCALE)).sum())
    texts = sums.sort("currency").select("currency", amount_text("amount", "digits"))
    return dict(texts.iter_rows())
