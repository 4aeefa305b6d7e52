"""Postings: ids from content, and a chain that shows every change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rules.ledger.hash_chain import FIRST_HASH
from rules.ledger.postings import CONTENT, LEDGER, POSTINGS, chain


def proposed(*amounts: str, run_id: str = "run") -> pl.DataFrame:
    rows = [
        {
            "run_id": run_id, "posted_on": date(2026, 4, 1), "kind": "rebate", "program": "p", "rebate": "r",
            "member_id": "A", "payee_id": "A", "period": "2026-Q1", "settled_through": date(2026, 3, 31),
            "payout_period": "2026-04", "currency": "USD", "amount": Decimal(amount), "measure": Decimal(0),
            "qualifier": None, "tier": 1, "rule_version": "v", "reason": '髙 "quoted"\n', "author": "rebatch",
        }
        for amount in amounts
    ]  # fmt: skip
    return pl.DataFrame(rows, schema={name: LEDGER[name] for name in ("run_id", "posted_on", *CONTENT)})


EMPTY = pl.DataFrame(schema=LEDGER)


def test_a_chain_starts_at_the_first_hash_and_every_posting_follows_the_one_before() -> None:
    ledger = chain(proposed("1", "2", "3"), EMPTY)
    assert ledger["seq"].to_list() == [1, 2, 3]
    assert ledger["previous_hash"].to_list() == [FIRST_HASH, *ledger["hash"].to_list()[:2]]
    assert POSTINGS.breaks(ledger).is_empty()


def test_a_chain_made_in_two_steps_is_the_chain_made_in_one() -> None:
    first = chain(proposed("1"), EMPTY)
    assert pl.concat([first, chain(proposed("2", "3"), first)]).equals(chain(proposed("1", "2", "3"), EMPTY))


def test_the_same_difference_may_occur_twice_and_an_id_does_not_depend_on_the_run() -> None:
    there_and_back = chain(proposed("-1", "1", "-1"), EMPTY)["posting_id"]
    assert there_and_back.is_unique().all()
    assert chain(proposed("-1", run_id="another"), EMPTY)["posting_id"][0] == there_and_back[0]


@pytest.mark.parametrize(
    "change",
    [
        pl.when(pl.col("seq") == 2).then(pl.lit(Decimal("2.0001"))).otherwise("amount").alias("amount"),
        pl.when(pl.col("seq") == 2).then(pl.lit("B")).otherwise("payee_id").alias("payee_id"),
        pl.when(pl.col("seq") == 2).then(pl.lit(date(2026, 4, 2))).otherwise("posted_on").alias("posted_on"),
    ],
)  # fmt: skip
def test_one_changed_cell_is_found(change: pl.Expr) -> None:
    assert POSTINGS.breaks(chain(proposed("1", "2", "3"), EMPTY).with_columns(change))["seq"].to_list() == [2]


def test_the_hash_of_a_posting_is_what_it_has_always_been() -> None:
    made = chain(proposed("1", "2"), EMPTY)
    assert made["hash"][1] == "e7eabeee8c026029a058f75c5ffb2afc31f4abc3f230fe06b5bf9255ce55ad8d"


def test_after_a_head_only_later_postings_are_looked_at_and_the_head_itself_must_stand() -> None:
    ledger = chain(proposed("1", "2", "3"), EMPTY)
    head = POSTINGS.head(ledger.head(2))
    another = pl.when(pl.col("seq") == 1).then(pl.lit("B")).otherwise("payee_id").alias("payee_id")
    assert POSTINGS.breaks(ledger.with_columns(another), head).is_empty()
    assert POSTINGS.breaks(ledger.with_columns(payee_id=pl.lit("B")), head)["seq"].to_list() == [3]
    assert POSTINGS.breaks(ledger.head(1), head)["seq"].to_list() == [2]
    cut = chain(proposed("4"), ledger.head(1))
    assert POSTINGS.breaks(pl.concat([ledger.head(1), cut]), head)["seq"].to_list() == [2]


def test_a_removed_posting_is_found() -> None:
    assert POSTINGS.breaks(chain(proposed("1", "2", "3"), EMPTY).filter(pl.col("seq") != 2))["seq"].to_list() == [3, 3]
