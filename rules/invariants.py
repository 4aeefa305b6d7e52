"""The guarantees of the books: each is a small function that returns the rows that break it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from rules.checks import worked_out
from rules.ledger.accruals import below_zero, not_as_earned
from rules.ledger.decisions import RECORD
from rules.ledger.hash_chain import START, Head
from rules.ledger.journal import journal, unbalanced, untied
from rules.ledger.limit_checks import above_limits
from rules.ledger.postings import POSTINGS
from rules.ledger.requests import REQUESTED, approved, request_id
from rules.ledger.settlement import POSTING_KEY, RULED_KINDS, payable
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Callable

_NODE = ("program", "rebate", "period", "node_id")


_ABOUT_AN_AMOUNT = ("submit", "approve", "export")


@dataclass(frozen=True)
class Books:
    """All frames that the invariants check; `ledger`, `payouts` and `lines` are those about to be published.

    loads: the table of that name. control: expected_* and scanned_* transactions, amount and quantity (one row).
    participants, terms, windows: see rules.rating.inputs.Lookups. entitlements: the settled ones. provisions: see
    rules.compiled.provision_table. settled: program, rebate, period, one row per settled period. payouts:
    rules.ledger.payouts.PAYOUTS, status and is_frozen. lines: seq and payout_id of every posting. payout_period: the
    open one. decisions: the whole record. decision_seq: the last decision known to the run. rule_versions: rule_version
    of every stored rule text. forecast: of the open periods, see rules.engine.entitle_ahead; without rows if nothing is
    accrued. sealed: the posting up to which the chain of the ledger is taken as whole, that of the last seal in a run.
    """

    loads: pl.DataFrame
    control: pl.DataFrame
    participants: pl.DataFrame
    terms: pl.DataFrame
    windows: pl.DataFrame
    entitlements: pl.DataFrame
    provisions: pl.DataFrame
    settled: pl.DataFrame
    ledger: pl.DataFrame
    payouts: pl.DataFrame
    lines: pl.DataFrame
    payout_period: str
    decisions: pl.DataFrame
    decision_seq: int
    rule_versions: pl.DataFrame
    forecast: pl.DataFrame = field(default_factory=pl.DataFrame)
    sealed: Head = START


def every_row_is_accounted_for(books: Books) -> pl.DataFrame:
    """Return the loads in which loaded + duplicate + superseded + rejected <> read, in rows or in money."""
    outcomes = ("loaded", "duplicate", "superseded", "rejected")
    rows = pl.sum_horizontal(f"rows_{outcome}" for outcome in outcomes)
    money = pl.sum_horizontal(pl.col(f"amount_{outcome}").fill_null(0) for outcome in outcomes)
    return books.loads.filter((rows != pl.col("rows_read")) | (money != pl.col("amount_read").fill_null(0)))


def the_scan_saw_every_transaction_once(books: Books) -> pl.DataFrame:
    """Return the control row if the scan's sums differ from the transactions in force on the days of any rule."""
    unequal = [
        pl.col(f"expected_{name}") != pl.col(f"scanned_{name}") for name in ("transactions", "amount", "quantity")
    ]
    return books.control.filter(pl.any_horizontal(unequal))


def no_transaction_counts_twice(books: Books) -> pl.DataFrame:
    """Return the segments counted twice by a term, and the spans that take part in a program twice.

    A segment may lie in one period of a term at most. The base of a comparison may lie in the baselines of several
    periods, but in each of them once.
    """
    baselines = books.terms.filter("is_baseline").select("term")
    own = books.windows.join(baselines, on="term", how="anti").group_by("horizon", "term", "segment").len()
    compared = books.windows.join(baselines, on="term", how="semi").group_by("horizon", "term", "period", "segment")
    segments = pl.concat([own, compared.len()], how="diagonal").filter(pl.col("len") > 1)
    spans = (
        books.participants.group_by("program", "member_filter", "is_baseline", "span").len().filter(pl.col("len") > 1)
    )
    return pl.concat([segments, spans], how="diagonal")


def entitlements_equal_their_postings(books: Books) -> pl.DataFrame:
    """Return the keys of settled periods where entitlement <> sum of rebate and restatement postings."""
    earned = books.ledger.filter(pl.col("kind").is_in(RULED_KINDS)).group_by(POSTING_KEY).agg(pl.col("amount").sum())
    # A key that stands on one side only of the full join is compared with zero.
    zero = pl.lit(0).cast(MONEY)
    return (
        books.entitlements.group_by(POSTING_KEY)
        .agg(entitled=pl.col("amount").sum())
        # A full join, so that a posting without an entitlement is found as well as the reverse.
        .join(earned, on=POSTING_KEY, how="full", coalesce=True)
        .join(books.settled, on=["program", "rebate", "period"], how="semi")
        .filter(pl.col("entitled").fill_null(zero) != pl.col("amount").fill_null(zero))
    )


def shares_equal_what_their_group_earned(books: Books) -> pl.DataFrame:
    """Return the nodes whose members' entitlements do not add up to what the node earned, per rebate and period."""
    shared = books.entitlements.group_by(*_NODE, "node_amount").agg(shared=pl.col("amount").sum())
    return shared.filter(pl.col("shared") != pl.col("node_amount"))


def no_payout_is_above_its_limit(books: Books) -> pl.DataFrame:
    """Return the entitlements above the limits of rebates and programs, or above the budgets of programs."""
    return above_limits(books.entitlements, books.provisions)


def every_posting_is_in_one_payout(books: Books) -> pl.DataFrame:
    """Return the seq of due postings not in exactly one payout of their own payee, currency and period."""
    owner = ["payee_id", "currency", "payout_period"]
    ledger = payable(books.ledger).select("seq", *owner)
    due = ledger.filter(pl.col("payout_period") <= books.payout_period)
    missing = due.join(books.lines, on="seq", how="anti").select("seq")
    twice = books.lines.group_by("seq").len().filter(pl.col("len") > 1).select("seq")
    lines = books.lines.join(ledger, on="seq", how="left")
    stray = lines.join(books.payouts, on=["payout_id", *owner], how="anti").select("seq")
    return pl.concat([missing, twice, stray]).unique().sort("seq")


def payouts_equal_their_postings(books: Books) -> pl.DataFrame:
    """Return the payouts whose amount is not the sum of the postings that are their lines."""
    lines = books.lines.join(books.ledger.select("seq", "amount"), on="seq", how="left")
    posted = lines.group_by("payout_id").agg(posted=pl.col("amount").sum())
    zero = pl.lit(0).cast(MONEY)
    return (
        books.payouts.select("payout_id", "amount")
        .join(posted, on="payout_id", how="full", coalesce=True)
        .filter(pl.col("posted").fill_null(zero) != pl.col("amount").fill_null(zero))
    )


def no_payout_is_negative(books: Books) -> pl.DataFrame:
    """Return the negative payouts: what is taken back beyond what is paid is claimed by an invoice."""
    is_right = pl.when(kind="invoice").then(pl.col("amount") < 0).otherwise(pl.col("amount") >= 0)
    return books.payouts.filter(~is_right)


def no_payout_changes_once_people_decided(books: Books) -> pl.DataFrame:
    """Return the payouts whose amount is not what it was at the last decision about it, unless they were rejected."""
    decided = books.decisions.join(books.payouts, left_on="subject", right_on="payout_id", how="semi")
    last = decided.sort("decision_seq").group_by("subject").last().filter(pl.col("kind").is_in(_ABOUT_AN_AMOUNT))
    return (
        books.payouts.filter("is_frozen")
        .join(last, left_on="payout_id", right_on="subject", suffix="_decided")
        .filter(pl.col("amount") != pl.col("amount_decided"))
    )


def no_payout_is_sent_twice(books: Books) -> pl.DataFrame:
    """Return the exports of payouts that were exported before and not refused by the payer in between."""
    sent = books.decisions.filter(pl.col("kind").is_in(["export", "paid", "short_paid", "refused"]))
    before = pl.col("kind").shift().over("subject", order_by="decision_seq")
    return sent.with_columns(before=before).filter(pl.col("kind") == "export", pl.col("before") != "refused")


def requests_are_posted_as_approved(books: Books) -> pl.DataFrame:
    """Return the approved adjustments and write-offs known to the last run that are not posted once, as approved."""
    content = ["subject", *REQUESTED]
    posted = books.ledger.with_columns(subject=request_id()).drop_nulls("subject")
    known = approved(books.decisions)
    missing = known.filter(pl.col("decision_seq") <= books.decision_seq).join(posted, on="subject", how="anti")
    other = posted.join(known, on=content, how="anti")
    twice = posted.filter(pl.col("subject").is_duplicated())
    return pl.concat([frame.select(content) for frame in (missing, other, twice)])


def carried_amounts_cancel(books: Books) -> pl.DataFrame:
    """Return the payees whose carry-forward postings do not add up to zero: what leaves one period enters another."""
    carried = books.ledger.filter(pl.col("kind") == "carry_forward")
    return carried.group_by("program", "payee_id", "currency").agg(pl.col("amount").sum()).filter(pl.col("amount") != 0)


def accruals_are_what_was_earned(books: Books) -> pl.DataFrame:
    """Return the accruals below zero and those that are not what was earned by the forecast.

    Where anything is forecast, accrued = earned by the forecast - posted, per key, and never below zero.
    """
    return pl.concat([below_zero(books.ledger), not_as_earned(books.forecast, books.ledger)])


def the_journal_balances(books: Books) -> pl.DataFrame:
    """Return where debits <> credits, per entry or per month and currency, and where accounts differ from postings."""
    lines = journal(books.ledger)
    broken_sums = [unbalanced(lines, by) for by in (["entry_id"], ["date"])]
    return pl.concat([*broken_sums, untied(lines, books.ledger)], how="diagonal")


def every_posting_has_its_rule_text(books: Books) -> pl.DataFrame:
    """Return the postings whose rule version is not stored."""
    return books.ledger.join(books.rule_versions, on="rule_version", how="anti")


def the_chain_is_whole(books: Books) -> pl.DataFrame:
    """Return the postings since `sealed` at which the hash chain breaks: one was changed, removed or inserted."""
    return POSTINGS.breaks(books.ledger, books.sealed)


def the_record_is_whole(books: Books) -> pl.DataFrame:
    """Return the decisions at which the hash chain breaks: one was changed, removed or inserted."""
    return RECORD.breaks(books.decisions)


INVARIANTS: tuple[Callable[[Books], pl.DataFrame], ...] = (
    every_row_is_accounted_for,
    the_scan_saw_every_transaction_once,
    no_transaction_counts_twice,
    entitlements_equal_their_postings,
    shares_equal_what_their_group_earned,
    no_payout_is_above_its_limit,
    every_posting_is_in_one_payout,
    payouts_equal_their_postings,
    no_payout_is_negative,
    no_payout_changes_once_people_decided,
    no_payout_is_sent_twice,
    requests_are_posted_as_approved,
    carried_amounts_cancel,
    accruals_are_what_was_earned,
    the_journal_balances,
    every_posting_has_its_rule_text,
    the_chain_is_whole,
    the_record_is_whole,
)


def broken(books: Books) -> dict[str, pl.DataFrame]:
    """Return the rows that break an invariant, by the name of its function; only invariants that are broken."""
    found = {invariant.__name__: worked_out(partial(invariant, books)) for invariant in INVARIANTS}
    return {name: rows for name, rows in found.items() if not rows.is_empty()}
