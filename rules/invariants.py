"""The guarantees of the books: each a small function that returns the rows that break it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rules.postings import breaks
from rules.settlement import EARNED_KINDS, POSTING_KEY
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Books:
    """All that the invariants look at, as frames; `ledger` and `payouts` are those about to be published.

    loads: the table of that name. control: expected_* and scanned_* transactions, amount and quantity (one row).
    participants, terms, windows: see rules.measures.Lookups. entitlements: the settled ones. settled: program, rebate,
    period, one row per settled period. rule_versions: rule_version of every stored rule text.
    """

    loads: pl.DataFrame
    control: pl.DataFrame
    participants: pl.DataFrame
    terms: pl.DataFrame
    windows: pl.DataFrame
    entitlements: pl.DataFrame
    settled: pl.DataFrame
    ledger: pl.DataFrame
    payouts: pl.DataFrame
    rule_versions: pl.DataFrame


def every_row_is_accounted_for(books: Books) -> pl.DataFrame:
    """Loaded + duplicate + superseded + rejected = read, in rows and in money, per file."""
    outcomes = ("loaded", "duplicate", "superseded", "rejected")
    rows = pl.sum_horizontal(f"rows_{outcome}" for outcome in outcomes)
    money = pl.sum_horizontal(pl.col(f"amount_{outcome}").fill_null(0) for outcome in outcomes)
    return books.loads.filter((rows != pl.col("rows_read")) | (money != pl.col("amount_read").fill_null(0)))


def the_scan_saw_every_transaction_once(books: Books) -> pl.DataFrame:
    """Sums over all members = the transactions in force on the days that any rule looks at."""
    unequal = [
        pl.col(f"expected_{name}") != pl.col(f"scanned_{name}") for name in ("transactions", "amount", "quantity")
    ]
    return books.control.filter(pl.any_horizontal(unequal))


def no_transaction_counts_twice(books: Books) -> pl.DataFrame:
    """A segment lies in one period of a term at most, and a span takes part in a program once.

    What a term is compared with may lie in the baselines of several periods, but in each of them once.
    """
    baselines = books.terms.filter("is_baseline").select("term")
    own = books.windows.join(baselines, on="term", how="anti").group_by("horizon", "term", "segment").len()
    compared = books.windows.join(baselines, on="term", how="semi").group_by("horizon", "term", "period", "segment")
    segments = pl.concat([own, compared.len()], how="diagonal").filter(pl.col("len") > 1)
    spans = books.participants.group_by("program", "is_baseline", "span").len().filter(pl.col("len") > 1)
    return pl.concat([segments, spans], how="diagonal")


def entitlements_equal_their_postings(books: Books) -> pl.DataFrame:
    """Entitlement = sum of rebate, restatement and adjustment postings, per key of a settled period."""
    earned = books.ledger.filter(pl.col("kind").is_in(EARNED_KINDS)).group_by(POSTING_KEY).agg(pl.col("amount").sum())
    zero = pl.lit(0).cast(MONEY)
    return (
        books.entitlements.group_by(POSTING_KEY)
        .agg(entitled=pl.col("amount").sum())
        .join(earned, on=POSTING_KEY, how="full", coalesce=True)
        .join(books.settled, on=["program", "rebate", "period"], how="semi")
        .filter(pl.col("entitled").fill_null(zero) != pl.col("amount").fill_null(zero))
    )


def shares_equal_what_their_group_earned(books: Books) -> pl.DataFrame:
    """The entitlements of a node's members = what the node earned, per rebate and period."""
    group = ["program", "rebate", "period", "node_id", "node_amount"]
    shared = books.entitlements.group_by(group).agg(shared=pl.col("amount").sum())
    return shared.filter(pl.col("shared") != pl.col("node_amount"))


def payouts_equal_their_postings(books: Books) -> pl.DataFrame:
    """A payout = the sum of the postings of its payee, currency and payout period."""
    key = ["payee_id", "currency", "payout_period"]
    postings = books.ledger.group_by(key).agg(posted=pl.col("amount").sum())
    periods = books.payouts.select("payout_period").unique()
    zero = pl.lit(0).cast(MONEY)
    return (
        postings.join(periods, on="payout_period", how="semi")
        .join(books.payouts.select(*key, "amount"), on=key, how="full", coalesce=True)
        .filter(pl.col("posted").fill_null(zero) != pl.col("amount").fill_null(zero))
    )


def no_payout_is_negative(books: Books) -> pl.DataFrame:
    """What is taken back beyond what is paid is carried forward, never sent as a negative payout."""
    return books.payouts.filter(pl.col("amount") < 0)


def carried_amounts_cancel(books: Books) -> pl.DataFrame:
    """What leaves one payout period enters another: carry-forward postings add up to nothing."""
    carried = books.ledger.filter(pl.col("kind") == "carry_forward")
    return carried.group_by("program", "payee_id", "currency").agg(pl.col("amount").sum()).filter(pl.col("amount") != 0)


def every_posting_has_its_rule_text(books: Books) -> pl.DataFrame:
    """Every posting's rule version is stored."""
    return books.ledger.join(books.rule_versions, on="rule_version", how="anti")


def the_chain_is_whole(books: Books) -> pl.DataFrame:
    """No posting was changed, removed or put in between."""
    return breaks(books.ledger)


INVARIANTS: tuple[Callable[[Books], pl.DataFrame], ...] = (
    every_row_is_accounted_for,
    the_scan_saw_every_transaction_once,
    no_transaction_counts_twice,
    entitlements_equal_their_postings,
    shares_equal_what_their_group_earned,
    payouts_equal_their_postings,
    no_payout_is_negative,
    carried_amounts_cancel,
    every_posting_has_its_rule_text,
    the_chain_is_whole,
)


def broken(books: Books) -> dict[str, pl.DataFrame]:
    """Check all invariants; returns the rows that break each broken one, by the name of its function."""
    found = {invariant.__name__: invariant(books) for invariant in INVARIANTS}
    return {name: rows for name, rows in found.items() if not rows.is_empty()}
