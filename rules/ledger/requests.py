"""Requests: adjustments and write-offs, which are posted once people have approved them.

The reason of the posting begins with the request's id, so that no request is posted twice.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from rules.ledger.decisions import Decision
from rules.ledger.hash_chain import sha256
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from decimal import Decimal

ADJUSTMENT = "ADJ-"
WRITE_OFF = "WO-"
DISPUTE = "EXC-"
"""What the ids of requests begin with; a dispute takes a transaction out of all rebates, or back in."""

ASKS = MappingProxyType({"ask_exclude": "exclusion", "ask_include": "inclusion"})
"""The decisions that ask for a dispute, and what is asked for."""

# The ids as made below and by the record; the blank ends them, so that ADJ-7 is not found in ADJ-71.
_ID = rf"^({ADJUSTMENT}[0-9]+|{WRITE_OFF}[0-9a-f]{{12}}) "


def request_id(reason: str = "reason") -> pl.Expr:
    """Return the id of the request that a posting carries out; null for all other postings."""
    return pl.col(reason).str.extract(_ID)


REQUESTED = ("program", "rebate", "member_id", "payee_id", "period", "kind", "currency", "amount", "reason", "author")
"""The columns that a request gives its posting."""


def write_off_id(program: str, payee_id: str, currency: str, amount: Decimal, earlier: int) -> str:
    """Return the id of a write-off of `amount`, after `earlier` ones of the same program, payee and currency."""
    return WRITE_OFF + sha256([program, payee_id, currency, f"{amount.normalize():f}", str(earlier)])[:12]


def approved(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the requests that people have approved: subject, REQUESTED and decision_seq of the approval, in order.

    `decisions`: the record, in order. The author of an adjustment is who requested it, that of a write-off who approved
    it.
    """
    about = decisions.filter(_is_about_a_request()).sort("decision_seq")
    is_adjustment = pl.col("subject").str.starts_with(ADJUSTMENT)
    kind = pl.when(is_adjustment).then(pl.lit("adjustment")).otherwise(pl.lit("write_off"))
    words = (pl.col("reason").replace("", "written off"), pl.col("note").replace("", None))
    wording = pl.concat_str(words, separator=": ", ignore_nulls=True)
    person = pl.when(is_adjustment.first()).then(pl.col("person").first()).otherwise(pl.col("person").last())
    # The first decision states the content of a request; later ones only change its status.
    first = pl.all().exclude("subject", "status", "decision_seq", "person").first()
    return (
        about.group_by("subject", maintain_order=True)
        .agg(first, pl.col("status", "decision_seq").last(), author=person)
        .filter(status="approved")
        .with_columns(kind=kind, rebate=pl.lit(""), reason=pl.format("{} {}", "subject", wording))
        .select("subject", *REQUESTED, "decision_seq")
        .sort("decision_seq")
    )


def _is_about_a_request() -> pl.Expr:
    """Return whether a decision is about a request; the kind is checked too, since transactions may have any key."""
    return pl.format("{} ", "subject").str.contains(_ID) & pl.col("kind").is_in(["adjust", "approve", "reject"])


def carry_out(decisions: pl.DataFrame, ledger: pl.DataFrame) -> pl.DataFrame:
    """Return REQUESTED of all that `decisions` approve and `ledger` does not hold yet, in order of approval."""
    done = ledger.select(subject=request_id()).drop_nulls()
    return approved(decisions).join(done, on="subject", how="anti", maintain_order="left").select(REQUESTED)


SUBJECTS = pl.Schema(
    {
        "subject": pl.String(),
        "kind": pl.String(),
        "status": pl.String(),
        "program": pl.String(),
        "member_id": pl.String(),
        "payee_id": pl.String(),
        "period": pl.String(),
        "currency": pl.String(),
        "amount": MONEY,
        "author": pl.String(),
        "reason": pl.String(),
        "note": pl.String(),
        "drafted_seq": pl.Int64(),
    }
)
"""What people decide about: a payout, an invoice, an adjustment or a write_off.

`author` is who requested it, empty where a run did; decisions after `drafted_seq` are about its present state.
"""


def adjustments(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return every adjustment that was ever requested, as SUBJECTS, in order."""
    about = decisions.filter(_is_about_a_request(), pl.col("subject").str.starts_with(ADJUSTMENT)).sort("decision_seq")
    content = pl.col("program", "member_id", "payee_id", "period", "currency", "amount", "person", "reason", "note")
    return (
        about.group_by("subject", maintain_order=True)
        .agg(content.first(), pl.col("status").last())
        .with_columns(kind=pl.lit("adjustment"), author="person", drafted_seq=0)
        .select(pl.col(name).cast(dtype) for name, dtype in SUBJECTS.items())
    )


def disputes(decisions: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Return every request to take a transaction out or back in, as SUBJECTS, in order.

    names: the transaction id of each row key; it stands before the note. The amount is what the request moves,
    payee_id whom it moves it for, with a comma between several.
    """
    about = decisions.filter(pl.col("subject").str.starts_with(DISPUTE)).sort("decision_seq")
    content = pl.col(
        "kind", "member_id", "payee_id", "currency", "amount", "person", "reason", "note", "reference"
    ).first()
    transaction = pl.col("reference").replace_strict(dict(names), default="", return_dtype=pl.String)
    return (
        about.group_by("subject", maintain_order=True)
        .agg(content, pl.col("status").last())
        .filter(pl.col("kind").is_in(list(ASKS)))
        .with_columns(
            pl.col("kind").replace_strict(dict(ASKS), return_dtype=pl.String),
            author="person", drafted_seq=0, note=pl.format("{}: {}", transaction, "note").str.strip_chars_end(": "),
            **dict.fromkeys(("program", "period"), pl.lit("")),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in SUBJECTS.items())
    )  # fmt: skip


def settle_disputes(decisions: pl.DataFrame, approved: Collection[str], names: Mapping[str, str]) -> list[Decision]:
    """Return the decisions that carry out the disputes `approved` (subjects): the transaction is out, or in.

    Each is by who asked for it, with that person's reason and note: they stand on the partner's statement.
    """
    asked = decisions.filter(pl.col("subject").is_in(list(approved)), pl.col("kind").is_in(list(ASKS)))
    return [
        Decision(
            kind="exclude" if row["kind"] == "ask_exclude" else "include", subject=row["reference"],
            status="excluded" if row["kind"] == "ask_exclude" else "included", person=row["person"],
            reason=row["reason"], note=row["note"], member_id=row["member_id"], currency=row["currency"],
            reference=names.get(row["reference"], ""),
        )
        for row in asked.sort("decision_seq").iter_rows(named=True)
    ]  # fmt: skip


def write_offs(ledger: pl.DataFrame, policies: pl.DataFrame, decisions: pl.DataFrame, period: str) -> pl.DataFrame:
    """Return what could be written off, as SUBJECTS: what programs of that policy carry beyond payout period `period`.

    What is approved already and waits for the next run is left out; `status` is in_review once somebody approved it.
    """
    payee = ["program", "payee_id", "currency"]
    granted = approved(decisions).filter(kind="write_off")
    waiting = granted.join(ledger.select(subject=request_id()), on="subject", how="anti")
    nothing = pl.lit(0).cast(MONEY)
    proposed = (
        # What is carried waits in a later payout period, as negative postings.
        ledger.filter(pl.col("payout_period") > period)
        .join(policies.filter(negative="write_off"), on="program", how="semi")
        .group_by(payee)
        .agg(owed=-pl.col("amount").sum())
        .join(waiting.group_by(payee).agg(waiting=pl.col("amount").sum()), on=payee, how="left")
        .join(granted.group_by(payee).agg(earlier=pl.len()), on=payee, how="left")
        # What is granted but not posted yet must not be offered a second time.
        .with_columns(pl.col("earlier").fill_null(0), amount=pl.col("owed") - pl.col("waiting").fill_null(nothing))
        .filter(pl.col("amount") > 0)
        .sort(payee)
    )
    ids = [write_off_id(*row) for row in proposed.select(*payee, "amount", "earlier").iter_rows()]
    last = decisions.sort("decision_seq").group_by("subject").agg(pl.col("status").last())
    begun = last.filter(status="in_review")["subject"]
    return proposed.with_columns(
        subject=pl.Series(ids, dtype=pl.String), kind=pl.lit("write_off"), period=pl.lit(period), drafted_seq=0,
        **dict.fromkeys(("member_id", "author", "reason", "note"), pl.lit("")),
    ).with_columns(
        status=pl.when(pl.col("subject").is_in(begun.to_list())).then(pl.lit("in_review")).otherwise(pl.lit("draft"))
    ).select(pl.col(name).cast(dtype) for name, dtype in SUBJECTS.items())  # fmt: skip
