"""Postings: identified by their content, and each chained to the one before it."""

from __future__ import annotations

import polars as pl

from rules.ledger.hash_chain import HashChain, sha256, text
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
    last = ledger.sort("seq").group_by(IDENTITY).agg(pl.col("posting_id").last())
    previous_ids = {tuple(row[:-1]): row[-1] for row in last.select(*IDENTITY, "posting_id").iter_rows()}
    rows = []
    for posting in proposed.iter_rows(named=True):
        # seq, run and day are not hashed into the id: a run that is killed and started again makes the same ids.
        identity = tuple(posting[name] for name in IDENTITY)
        content = {name: text(posting[name]) for name in CONTENT}
        posting_id = sha256([previous_ids.get(identity, ""), content])
        previous_ids[identity] = posting_id
        rows.append({**posting, "posting_id": posting_id})
    return POSTINGS.link(rows, ledger)
