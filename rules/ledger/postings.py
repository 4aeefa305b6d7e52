"""Postings: identified by their content, and each chained to the one before it."""

from __future__ import annotations

import polars as pl

from rules.ledger.hash_chain import HashChain, sha256_of_text
from rules.ledger.row_texts import json_objects
from schemas.types import MONEY, VALUE

LEDGER = pl.Schema(
    {
        "seq": pl.Int64(),
        "posting_id": pl.String(),
        "run_id": pl.String(),
        "posted_on": pl.Date(),
        "kind": pl.String(),
        "program": pl.String(),
        "rebate": pl.String(),
        "member_id": pl.String(),
        "payee_id": pl.String(),
        "period": pl.String(),
        "settled_through": pl.Date(),
        "payout_period": pl.String(),
        "currency": pl.String(),
        "amount": MONEY,
        "measure": VALUE,
        "qualifier": VALUE,
        "tier": pl.Int32(),
        "rule_version": pl.String(),
        "reason": pl.String(),
        "author": pl.String(),
        "previous_hash": pl.String(),
        "hash": pl.String(),
    }
)
"""One posting; the columns of the ledger in their order."""

CONTENT = tuple(
    name for name in LEDGER if name not in {"seq", "posting_id", "run_id", "posted_on", "previous_hash", "hash"}
)
"""The columns that define a posting, whenever and by whichever run it is posted."""

POSTINGS = HashChain(LEDGER, "seq", "posting")
"""The hash chain of the ledger."""

IDENTITY = ("program", "rebate", "member_id", "payee_id", "period")
"""Postings that agree in these columns form a sequence: the id of each includes the id of the one before it."""


def chain(proposed: pl.DataFrame, ledger: pl.DataFrame) -> pl.DataFrame:
    """Return proposed postings with their ids, numbers and hashes, as the continuation of `ledger`: LEDGER rows.

    `proposed` has CONTENT, run_id and posted_on with the types of LEDGER, in posting order. The id is made from the
    content and the id of the posting before it with the same IDENTITY, because the same difference may rightly occur
    twice.
    """
    identities = proposed.select(IDENTITY).unique().with_row_index("identity")
    known = ledger.join(identities, on=IDENTITY, nulls_equal=True).group_by("identity")
    last_ids = dict(known.agg(pl.col("posting_id").sort_by("seq").last()).iter_rows())
    ids = []
    numbered = proposed.join(identities, on=IDENTITY, nulls_equal=True, how="left", maintain_order="left")
    # seq, run and day are not hashed into the id: a run that is killed and started again makes the same ids.
    for identity, content in zip(numbered["identity"], json_objects(proposed, CONTENT), strict=True):
        posting_id = sha256_of_text(f'["{last_ids.get(identity, "")}",{content}]')
        last_ids[identity] = posting_id
        ids.append(posting_id)
    return POSTINGS.link(proposed.with_columns(posting_id=pl.Series(ids, dtype=pl.String)), POSTINGS.head(ledger))
