"""What the hash chain of the ledger costs beside hashing posting by posting, as Python's own json writes each.

Prints CPU time and the ratio; asserts that both make the same hashes, never how long they take. `make bench` shows it;
POSTINGS says how many.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from rules.ledger.hash_chain import FIRST_HASH, text
from rules.ledger.postings import CONTENT, LEDGER, POSTINGS, chain

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = int(os.environ.get("POSTINGS", "200000"))


def proposed() -> pl.DataFrame:
    """Return ROWS postings, every figure a function of its row number."""
    row = pl.int_range(ROWS, eager=True).alias("row")
    texts = {
        "run_id": "2026-11-23-7ad5cecc8c9e", "kind": "rebate", "program": "volume-2026", "rebate": "quarterly",
        "payout_period": "2026-11", "currency": "USD", "rule_version": "a" * 64, "reason": "settled",
        "author": "rebatch",
    }  # fmt: skip
    months = pl.format("2026-{}", (pl.col("row") % 12 + 1).cast(pl.String).str.zfill(2))
    columns = {name: pl.lit(value) for name, value in texts.items()} | {
        "posted_on": pl.lit(date(2026, 11, 23)),
        "settled_through": pl.lit(date(2026, 10, 31)),
        "member_id": pl.format("M{}", pl.col("row") // 12),
        "payee_id": pl.format("M{}", pl.col("row") // 12),
        "period": months,
        "amount": pl.col("row"),
        "measure": pl.col("row") * 50,
        "qualifier": pl.when(pl.col("row") % 3 > 0).then("row"),
        "tier": pl.col("row") % 4,
    }
    return row.to_frame().select(
        columns[name].cast(LEDGER[name]).alias(name) for name in ("run_id", "posted_on", *CONTENT)
    )


def one_by_one(ledger: pl.DataFrame) -> list[str]:
    """Return the hash that each posting must have."""
    hashes = [FIRST_HASH]
    for row in ledger.drop("previous_hash", "hash").iter_rows():
        content = json.dumps([*map(text, row), hashes[-1]], ensure_ascii=False, separators=(",", ":"))
        hashes.append(hashlib.sha256(content.encode()).hexdigest())
    return hashes[1:]


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    return work(), time.process_time() - began


@pytest.mark.long
def test_the_chain_of_the_ledger_beside_one_posting_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    made = proposed()
    ledger, making = timed(lambda: chain(made, pl.DataFrame(schema=LEDGER)))
    breaks, checking = timed(lambda: POSTINGS.breaks(ledger))
    night, last = made.head(1), POSTINGS.head(ledger.head(-100))
    since, sealed = timed(lambda: POSTINGS.breaks(ledger, last))
    more, adding = timed(lambda: chain(night, ledger))
    expected, slow = timed(lambda: one_by_one(ledger))
    assert breaks.is_empty()
    assert since.is_empty()
    assert ledger["hash"].to_list() == expected
    assert more["previous_hash"].to_list() == expected[-1:]
    with capsys.disabled():
        print(f"\n{ROWS:,} postings, CPU seconds; hashed one by one {slow:.2f} ({ROWS / slow:,.0f} a second)")  # noqa: T201
        for what, seconds in {"make": making, "check": checking, "check 100": sealed, "add one": adding}.items():
            print(f"  {what:<10} {seconds:6.3f}  {ROWS / seconds:12,.0f} a second  {seconds / slow:6.3f} x")  # noqa: T201
