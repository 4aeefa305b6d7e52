"""Accruals: what open periods have earned and not yet paid, posted as the difference to what is accrued so far.

A rebate is variable consideration (IFRS 15.50 to 59): the sales that earn it carry their part of what the whole period
is expected to pay. So what a period has earned by a day is its forecast payout, from the payout's own chain, times the
part of the measure counted so far (see rules.rating.forecast.FORECAST_COLUMNS), rounded to the minor unit. Rebate and
restatement postings already made for the period are deducted; an adjustment is paid on top of what the rules give and
is not deducted. An accrual is never below zero: an overpayment is no asset until it is settled. A period that is wholly
settled has no forecast, so the run that posts its rebates reverses the rest of its accrual.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from rules.ledger.settlement import ACCRUED_KINDS, POSTING_KEY, RULED_KINDS, per_key
from rules.money import MINOR_UNITS, round_money
from rules.rating.notes import in_words
from rules.rating.quotients import scaled
from schemas.types import MONEY, VALUE

_NOTHING = pl.lit(0).cast(MONEY)


def accrue(forecast: pl.DataFrame, ledger: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return the postings that bring the accrual of every key to what it has earned by `as_of`.

    `forecast`: as returned by rules.engine.entitle_ahead. `ledger`: POSTING_KEY, kind, payee_id, currency and amount of
    all postings, in their order, including those about to be made. Returns POSTING_KEY, payee_id (the first one posted
    for), kind, currency, amount, measure, qualifier, tier and reason; sorted.
    """
    earned = _earned(forecast)
    return (
        # A full join: a key without a forecast is settled or gone, and its accrual has to be reversed.
        earned.join(_posted(ledger), on=POSTING_KEY, how="full", coalesce=True)
        .with_columns(pl.col("earned", "posted", "accrued").fill_null(_NOTHING))
        .with_columns(wanted=pl.max_horizontal(pl.col("earned") - pl.col("posted"), _NOTHING))
        .with_columns(
            amount=(pl.col("wanted") - pl.col("accrued")).cast(MONEY),
            # As in settlement: a payee that changes later must not split the postings of one key.
            payee_id=pl.coalesce("first_payee", "payee_id"),
            currency=pl.coalesce("currency", "first_currency"),
            reason=_reason(as_of),
        )
        .filter(pl.col("amount") != 0)
        .with_columns(
            kind=pl.when(pl.col("amount") > 0).then(pl.lit(ACCRUED_KINDS[0])).otherwise(pl.lit(ACCRUED_KINDS[1]))
        )
        .select(*POSTING_KEY, "payee_id", "kind", "currency", "amount", "measure", "qualifier", "tier", "reason")
        .sort(POSTING_KEY)
        .collect()
    )


def accrued(ledger: pl.DataFrame) -> pl.DataFrame:
    """Return what is accrued and not reversed yet: POSTING_KEY, currency, accrued."""
    kept = ledger.filter(pl.col("kind").is_in(ACCRUED_KINDS))
    return kept.group_by(*POSTING_KEY, "currency").agg(accrued=pl.col("amount").sum().cast(MONEY))


def not_as_earned(forecast: pl.DataFrame, ledger: pl.DataFrame) -> pl.DataFrame:
    """Return what would still have to be posted for `forecast`: POSTING_KEY, currency, amount; no rows without one."""
    columns = [*POSTING_KEY, "currency", "amount"]
    return ledger.clear().select(columns) if forecast.is_empty() else accrue(forecast, ledger, date.min).select(columns)


def below_zero(ledger: pl.DataFrame) -> pl.DataFrame:
    """Return the accruals of which more was reversed than posted: POSTING_KEY, currency, amount."""
    return accrued(ledger).rename({"accrued": "amount"}).filter(pl.col("amount") < 0).sort(POSTING_KEY)


def _earned(forecast: pl.DataFrame) -> pl.LazyFrame:
    """Return per key earned and forecast (MONEY), the figures behind them, payee, currency and foreseen_by."""
    digits = pl.col("currency").replace_strict(dict(MINOR_UNITS), return_dtype=pl.Int32)
    part = scaled(pl.col("amount").cast(VALUE), pl.col("so_far"), pl.col("expected"))
    # In two steps, so that the part is computed once and not again for every number of digits.
    rows = forecast.lazy().with_columns(forecast="amount", exact=part)
    rows = rows.with_columns(amount=round_money(pl.col("exact"), digits).cast(MONEY))
    sums = rows.group_by(POSTING_KEY).agg(
        pl.col("forecast").sum().cast(MONEY),
        pl.col("currency").first(),
        pl.col("foreseen_by").unique().sort().str.join(", "),
    )
    return per_key(rows).rename({"amount": "earned"}).join(sums, on=POSTING_KEY)


def _posted(ledger: pl.DataFrame) -> pl.LazyFrame:
    """Return what was posted and accrued per key, with the first payee and currency."""
    amount, is_accrued = pl.col("amount"), pl.col("kind").is_in(ACCRUED_KINDS)
    return (
        ledger.lazy()
        .filter(is_accrued | pl.col("kind").is_in(RULED_KINDS))
        .group_by(POSTING_KEY)
        .agg(
            posted=amount.filter(~is_accrued).sum().cast(MONEY),
            accrued=amount.filter(is_accrued).sum().cast(MONEY),
            first_payee=pl.col("payee_id").first(),
            first_currency=pl.col("currency").first(),
        )
    )


def _reason(as_of: date) -> pl.Expr:
    """Return the reason of an accrual posting, in words."""
    words = "by {}: {} earned of {} forecast ({}), {} of it posted"
    earned = pl.format(
        words,
        pl.lit(str(as_of)),
        in_words(pl.col("earned")),
        in_words(pl.col("forecast")),
        "foreseen_by",
        in_words(pl.col("posted")),
    )
    return (
        pl.when(pl.col("forecast").is_null()).then(pl.lit("nothing of the period is open any more")).otherwise(earned)
    )
