"""The rows of the payout files for the ERP: one per payout, and one per posting in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schemas.export_fields import FIELDS

if TYPE_CHECKING:
    from datetime import date

PAYOUTS_FILE = "payouts.csv"
LINES_FILE = "payout_lines.csv"
OF_A_BATCH = frozenset({"number", "document_id", "short_id", "attempt", "batch_id", "exported_on"})
"""The fields that a payout has once it is exported; the files of a run identify it by its own id."""


def payout_lines(postings: pl.DataFrame, clauses: pl.DataFrame) -> pl.DataFrame:
    """Return the postings of each payout, numbered from 1, with the contract clause that pays them.

    postings: the ledger's columns and payout_id; clauses: program, rebate, reference, with an empty rebate for the
    whole program, which applies to rebates not named. A posting without a payout keeps a null payout_id, for the
    caller's checks to find. Returns the fields of a line except those of the payee and the batch, sorted by payee,
    currency, payout and line.
    """
    whole = clauses.filter(rebate="").select("program", whole="reference")
    order = ["payee_id", "currency", "payout_id", "program", "rebate", "member_id", "period", "seq"]
    kept = [name for name in FIELDS["lines"] if name not in OF_A_BATCH | {"payee_name", "due_on"}]
    return (
        postings.join(clauses.select("program", "rebate", "reference"), on=["program", "rebate"], how="left")
        .join(whole, on="program", how="left")
        .with_columns(reference=pl.coalesce("reference", "whole"))
        .sort(order)
        .with_columns(line=pl.int_range(1, pl.len() + 1).over("payout_id"))
        .select(kept)
        .with_columns(document_id="payout_id")
    )


def payout_rows(payouts: pl.DataFrame, lines: pl.DataFrame, payees: pl.DataFrame) -> pl.DataFrame:
    """Return each payout with its payee's name and its number of lines, sorted by payee, currency and payout.

    payouts: the books' columns; lines: of `payout_lines`; payees: payee_id, payee_name. Returns the fields of a payout
    except those of the batch.
    """
    counts = lines.group_by("payout_id").agg(pl.len().alias("lines"))
    kept = [name for name in FIELDS["payouts"] if name not in OF_A_BATCH]
    return (
        payouts.join(payees.select("payee_id", "payee_name"), on="payee_id", how="left")
        .join(counts, on="payout_id", how="left")
        .with_columns(pl.col("lines").fill_null(0))
        .sort("payee_id", "currency", "payout_id")
        .select(kept)
        .with_columns(document_id="payout_id")
    )


def with_attempt(rows: pl.DataFrame, batch_id: str, exported_on: date) -> pl.DataFrame:
    """Return rows with the documents of a batch: the payout's own id, followed by the attempt from the second on.

    rows: payout_id and attempt, and any other columns. Adds document_id, short_id, batch_id and exported_on.
    """
    # The hash at the end of the id: with the attempt it has at most 16 characters, the limit of many ERPs.
    tail = pl.col("payout_id").str.extract("([^-]*)$")
    return rows.with_columns(
        document_id=pl.when(attempt=1).then("payout_id").otherwise(pl.format("{}-{}", "payout_id", "attempt")),
        short_id=pl.format("{}-{}", tail, "attempt"),
        batch_id=pl.lit(batch_id),
        exported_on=pl.lit(exported_on),
    )
