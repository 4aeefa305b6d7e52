"""The payout files for the ERP: one row per payout, and one row per posting it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reports.cells import amount_text, check_minor_units, check_text, value_text, with_digits

if TYPE_CHECKING:
    from collections.abc import Mapping

PAYOUTS_FILE = "payouts.csv"
LINES_FILE = "payout_lines.csv"
CORRECT_IT = "correct it where it comes from (the members extract, or the program's file), then run again"


@dataclass(frozen=True)
class Profile:
    """How a payout file is written: which columns in which order, and in what dress."""

    name: str
    payout_columns: tuple[str, ...]
    line_columns: tuple[str, ...]
    delimiter: str = ","
    encoding: str = "utf-8"
    date_format: str = "%Y-%m-%d"


GENERIC = Profile(
    name="generic",
    payout_columns=(
        "payout_id",
        "payee_id",
        "payee_name",
        "amount",
        "currency",
        "payout_period",
        "due_on",
        "reference",
        "status",
        "lines",
    ),
    line_columns=(
        "payout_id",
        "line",
        "program",
        "rebate",
        "member_id",
        "period",
        "kind",
        "settled_through",
        "currency",
        "amount",
        "measure",
        "qualifier",
        "tier",
        "posting_id",
        "reference",
        "reason",
    ),
)
"""RFC 4180, UTF-8 without a byte-order mark, ISO dates, a decimal point and no thousands mark."""


def payout_lines(postings: pl.DataFrame, clauses: pl.DataFrame) -> pl.DataFrame:
    """Number the postings of each payout from 1 and name the contract clause that pays them.

    postings: the ledger's columns and payout_id; clauses: program, rebate, reference, with an empty rebate for the
    whole program, which stands in for rebates not named. A posting without a payout keeps a null payout_id, for the
    caller's checks to find.
    Returns the columns of a line and payee_id, sorted by payee, currency, payout and line.
    """
    whole = clauses.filter(rebate="").select("program", whole="reference")
    order = ["payee_id", "currency", "payout_id", "program", "rebate", "member_id", "period", "seq"]
    return (
        postings.join(clauses.select("program", "rebate", "reference"), on=["program", "rebate"], how="left")
        .join(whole, on="program", how="left")
        .with_columns(reference=pl.coalesce("reference", "whole"))
        .sort(order)
        .with_columns(line=pl.int_range(1, pl.len() + 1).over("payout_id"))
        .select("payee_id", *GENERIC.line_columns)
    )


def payout_rows(payouts: pl.DataFrame, lines: pl.DataFrame, payees: pl.DataFrame) -> pl.DataFrame:
    """Name each payout's payee and count its lines, sorted by payee, currency and payout.

    payouts: the books' columns; lines: of `payout_lines`; payees: payee_id, payee_name.
    """
    counts = lines.group_by("payout_id").agg(pl.len().alias("lines"))
    return (
        payouts.join(payees.select("payee_id", "payee_name"), on="payee_id", how="left")
        .join(counts, on="payout_id", how="left")
        .with_columns(pl.col("lines").fill_null(0))
        .sort("payee_id", "currency", "payout_id")
        .select(GENERIC.payout_columns)
    )


def render_payouts(rows: pl.DataFrame, *, digits: Mapping[str, int], profile: Profile = GENERIC) -> bytes:
    """Write `payouts.csv` from the frame of `payout_rows`; `digits` are the decimals of each currency.

    Raises:
        BooksError: a text cell would be run as a formula, or holds control characters.
        InvariantError: an amount has more decimals than its currency.
    """
    frame = with_digits(rows, digits)
    check_minor_units(frame, file=PAYOUTS_FILE, name="payout_id")
    dated = frame.with_columns(pl.col("due_on").dt.strftime(profile.date_format))
    check_text(dated.select(profile.payout_columns), file=PAYOUTS_FILE, names=("payee_id",), todo=CORRECT_IT)
    return _csv(dated.with_columns(amount_text("amount", "digits")).select(profile.payout_columns), profile)


def render_payout_lines(lines: pl.DataFrame, *, digits: Mapping[str, int], profile: Profile = GENERIC) -> bytes:
    """Write `payout_lines.csv` from the frame of `payout_lines`; `digits` are the decimals of each currency.

    Raises:
        BooksError: a text cell would be run as a formula, or holds control characters.
        InvariantError: an amount has more decimals than its currency.
    """
    frame = with_digits(lines, digits)
    check_minor_units(frame, file=LINES_FILE, name="posting_id")
    dated = frame.with_columns(pl.col("settled_through").dt.strftime(profile.date_format))
    check_text(dated.select(profile.line_columns), file=LINES_FILE, names=("member_id", "program"), todo=CORRECT_IT)
    texts = (amount_text("amount", "digits").alias("amount"), value_text("measure"), value_text("qualifier"))
    return _csv(dated.with_columns(texts).select(profile.line_columns), profile)


def _csv(frame: pl.DataFrame, profile: Profile) -> bytes:
    return frame.write_csv(None, separator=profile.delimiter, line_terminator="\r\n").encode(profile.encoding)
