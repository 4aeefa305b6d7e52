"""Postings: their identity comes from their content, and each is chained to the one before it."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from schemas.types import MONEY, VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
"""What makes a posting what it is, whenever and by whichever run it is posted."""

FIRST_HASH = "0" * 64
"""Stands before the first posting of a ledger."""

IDENTITY = ("program", "rebate", "member_id", "payee_id", "period")
"""Postings that agree in these follow one another: each names the one before it in its id."""


def chain(proposed: pl.DataFrame, ledger: pl.DataFrame) -> pl.DataFrame:
    """Give proposed postings their ids, numbers and hashes, as the continuation of `ledger`.

    `proposed` has CONTENT, run_id and posted_on with the types of LEDGER, in posting order. The id is made from the
    content and the id of the posting before it with the same IDENTITY, because the same difference may rightly occur
    twice. Returns LEDGER rows.
    """
    last = ledger.sort("seq").group_by(IDENTITY).agg(pl.col("posting_id").last())
    previous_ids = {tuple(row[:-1]): row[-1] for row in last.select(*IDENTITY, "posting_id").iter_rows()}
    seq, head = _head(ledger)
    rows = []
    for number, posting in enumerate(proposed.iter_rows(named=True), start=seq + 1):
        identity = tuple(posting[name] for name in IDENTITY)
        content = {name: _text(posting[name]) for name in CONTENT}
        posting_id = _sha256([previous_ids.get(identity, ""), content])
        previous_ids[identity] = posting_id
        row = {**posting, "seq": number, "posting_id": posting_id, "previous_hash": head}
        head = _row_hash(row)
        rows.append({**row, "hash": head})
    return pl.DataFrame(rows, schema=LEDGER)


def breaks(ledger: pl.DataFrame) -> pl.DataFrame:
    """List the postings whose hash, predecessor or number is not what it must be; empty when the chain is whole."""
    return pl.DataFrame(list(_broken(ledger.sort("seq"))), schema={"seq": pl.Int64, "found": pl.String}, orient="row")


def _broken(ledger: pl.DataFrame) -> Iterator[tuple[int, str]]:
    head = FIRST_HASH
    for number, row in enumerate(ledger.iter_rows(named=True), start=1):
        if row["seq"] != number:
            yield row["seq"], f"posting {number} is missing or numbered {row['seq']}"
        if row["previous_hash"] != head:
            yield row["seq"], "the posting does not follow the one before it"
        if row["hash"] != _row_hash(row):
            yield row["seq"], "the posting was changed after it was made"
        head = row["hash"]


def _head(ledger: pl.DataFrame) -> tuple[int, str]:
    if ledger.is_empty():
        return 0, FIRST_HASH
    last = ledger.sort("seq").row(-1, named=True)
    return last["seq"], last["hash"]


def _row_hash(row: Mapping[str, object]) -> str:
    return _sha256([_text(row[name]) for name in LEDGER if name != "hash"])


def _sha256(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _text(value: object) -> str | None:
    """Write a value the same way on every machine; decimals come at their column's scale."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return None if value is None else str(value)
