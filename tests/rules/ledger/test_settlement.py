"""Settlement: pay = entitlement to date minus posted to date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from rules.ledger.postings import LEDGER
from rules.ledger.settlement import owe
from schemas.types import MONEY, VALUE

THROUGH = date(2026, 3, 31)


def entitled(amounts: dict[str, str], payee: str | None = None) -> pl.DataFrame:
    rows = [("p", "r", member, payee or member, "2026-Q1", Decimal(amount)) for member, amount in amounts.items()]
    names = ["program", "rebate", "member_id", "payee_id", "period"]
    return pl.DataFrame(rows, schema={**dict.fromkeys(names, pl.String), "amount": MONEY}, orient="row").with_columns(
        measure=pl.lit(None, dtype=VALUE), qualifier=pl.lit(None, dtype=VALUE), tier=pl.lit(1, dtype=pl.Int32)
    )


def ledger(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """Give postings of (member, kind, amount) in this order."""
    postings = [
        {
            "seq": n, "kind": kind, "program": "p", "rebate": "r", "member_id": member, "payee_id": member,
            "period": "2026-Q1", "payout_period": "2026-04", "currency": "USD", "amount": Decimal(amount),
        }
        for n, (member, kind, amount) in enumerate(rows, 1)
    ]  # fmt: skip
    return pl.DataFrame(postings, schema=LEDGER)


def settled(*, is_known: bool) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "program": ["p"], "rebate": ["r"], "period": ["2026-Q1"], "through": [THROUGH], "currency": ["USD"],
            "rule_version": ["v"], "is_known": [is_known],
        }
    )  # fmt: skip


def amounts(owed: pl.DataFrame) -> list[tuple[str, str, str]]:
    return [(m, k, str(a)) for m, k, a in owed.select("member_id", "kind", "amount").iter_rows()]


def test_the_first_settlement_posts_what_is_earned() -> None:
    owed = owe(entitled({"A": "10.50", "B": "0"}), ledger(), settled(is_known=False))
    assert amounts(owed) == [("A", "rebate", "10.5000")]
    assert owed["settled_through"].to_list() == [THROUGH]


def test_settling_again_posts_nothing() -> None:
    posted = ledger(("A", "rebate", "10.50"))
    assert owe(entitled({"A": "10.50"}), posted, settled(is_known=True)).is_empty()


def test_an_interim_payment_is_taken_off() -> None:
    assert amounts(owe(entitled({"A": "1080"}), ledger(("A", "rebate", "140")), settled(is_known=False))) == [
        ("A", "rebate", "940.0000")
    ]


def test_what_is_found_for_a_settled_period_restates_it() -> None:
    owed = owe(entitled({"A": "8"}), ledger(("A", "rebate", "10.50")), settled(is_known=True))
    assert amounts(owed) == [("A", "restatement", "-2.5000")]
    assert owed["reason"].to_list() == ["restates what was settled through 2026-03-31"]


def test_a_member_that_earns_nothing_any_more_gives_it_back() -> None:
    assert amounts(owe(entitled({}), ledger(("A", "rebate", "10.50")), settled(is_known=True))) == [
        ("A", "restatement", "-10.5000")
    ]


def test_postings_of_periods_that_are_not_settled_stay() -> None:
    unsettled = settled(is_known=True).with_columns(period=pl.lit("2026-Q2"))
    assert owe(entitled({}), ledger(("A", "rebate", "10.50")), unsettled).is_empty()


def test_carried_adjusted_and_written_off_amounts_are_not_what_the_rules_give() -> None:
    posted = ledger(
        ("A", "rebate", "10"), ("A", "carry_forward", "5"), ("A", "adjustment", "3"), ("A", "write_off", "1")
    )
    assert owe(entitled({"A": "10"}), posted, settled(is_known=True)).is_empty()


def test_the_first_payee_stays() -> None:
    owed = owe(entitled({"A": "12"}, payee="A-NEW"), ledger(("A", "rebate", "10")), settled(is_known=True))
    assert owed["payee_id"].to_list() == ["A"]
