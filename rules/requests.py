"""Requests: adjustments and write-offs, which are posted once people have approved them.

The posting that carries one out begins its reason with the request's id, so that none is carried out twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.hash_chain import sha256

if TYPE_CHECKING:
    from decimal import Decimal

ADJUSTMENT = "ADJ-"
WRITE_OFF = "WO-"

_ID = rf"^({ADJUSTMENT}[0-9]+|{WRITE_OFF}[0-9a-f]{{12}}) "


def request_id(reason: str = "reason") -> pl.Expr:
    """Give the id of the request that a posting carries out; null for all other postings."""
    return pl.col(reason).str.extract(_ID)


REQUESTED = ("program", "rebate", "member_id", "payee_id", "period", "kind", "currency", "amount", "reason", "author")
"""What the posting of a request is made of."""


def write_off_id(program: str, payee_id: str, currency: str, amount: Decimal, earlier: int) -> str:
    """Name the write-off of `amount`, after so many `earlier` ones of the same program, payee and currency."""
    return WRITE_OFF + sha256([program, payee_id, currency, f"{amount.normalize():f}", str(earlier)])[:12]


def approved(decisions: pl.DataFrame) -> pl.DataFrame:
    """List the requests that people have approved: subject, REQUESTED and decision_seq of the approval, in order.

    `decisions`: the record, in order. An adjustment's author is who asked for it, a write-off's who approved it.
    """
    about = decisions.filter(pl.format("{} ", "subject").str.contains(_ID)).sort("decision_seq")
    is_adjustment = pl.col("subject").str.starts_with(ADJUSTMENT)
    kind = pl.when(is_adjustment).then(pl.lit("adjustment")).otherwise(pl.lit("write_off"))
    wording = pl.concat_str("reason", pl.col("note").replace("", None), separator=": ", ignore_nulls=True)
    first = pl.all().exclude("subject", "status", "decision_seq").first()
    return (
        about.group_by("subject", maintain_order=True)
        .agg(first, pl.col("status").last(), pl.col("decision_seq").last())
        .filter(status="approved")
        .with_columns(kind=kind, rebate=pl.lit(""), reason=pl.format("{} {}", "subject", wording), author="person")
        .select("subject", *REQUESTED, "decision_seq")
        .sort("decision_seq")
    )


def carry_out(decisions: pl.DataFrame, ledger: pl.DataFrame) -> pl.DataFrame:
    """Return REQUESTED of all that is approved by `decisions` and not yet posted in `ledger`, in order of approval."""
    done = ledger.select(subject=request_id()).drop_nulls()
    return approved(decisions).join(done, on="subject", how="anti", maintain_order="left").select(REQUESTED)
