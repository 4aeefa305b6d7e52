"""The journal: which accounts a posting moves, and that it always balances."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.ledger.journal import BOOKED_KINDS, JOURNAL, UNMOVED, balances, journal, unbalanced, untied
from rules.ledger.postings import LEDGER


def postings(*rows: dict[str, Any]) -> pl.DataFrame:
    base = {
        "kind": "rebate", "program": "p", "rebate": "r", "member_id": "A", "payee_id": "Z", "period": "2026-Q1",
        "payout_period": "2026-04", "currency": "USD", "amount": Decimal(10), "reason": "settled",
    }  # fmt: skip
    made = [base | {"seq": n, "posting_id": f"id {n}"} | row for n, row in enumerate(rows, start=1)]
    return pl.DataFrame(made, schema=LEDGER)


@pytest.mark.parametrize(
    ("kind", "amount", "debit", "credit"),
    [
        ("accrual", "10", "expense", "accrued"),
        ("accrual_reversal", "-10", "accrued", "expense"),
        ("rebate", "10", "expense", "payable"),
        ("restatement", "10", "expense", "payable"),
        ("restatement", "-10", "payable", "expense"),
        ("adjustment", "10", "expense", "payable"),
        ("adjustment", "-10", "payable", "expense"),
        ("write_off", "10", "expense", "payable"),
        ("write_off", "-10", "payable", "expense"),
    ],
)
def test_a_posting_is_debited_and_credited(kind: str, amount: str, debit: str, credit: str) -> None:
    lines = journal(postings({"kind": kind, "amount": Decimal(amount)}))
    assert lines.select("line", "side", "account", "amount").rows() == [
        (1, "debit", debit, Decimal(10)), (2, "credit", credit, Decimal(10))
    ]  # fmt: skip


def test_a_line_says_where_it_comes_from() -> None:
    assert journal(postings({"amount": Decimal("1.5")})).row(0, named=True) == {
        "entry_id": "2026-04-00000001", "line": 1, "date": date(2026, 4, 30), "account": "expense", "side": "debit",
        "amount": Decimal("1.5"), "currency": "USD", "program": "p", "rebate": "r", "member_id": "A", "payee_id": "Z",
        "period": "2026-Q1", "kind": "rebate", "posting_id": "id 1", "text": "settled",
    }  # fmt: skip


def test_what_is_carried_forward_moves_no_balance() -> None:
    carried = postings({"kind": UNMOVED, "amount": Decimal(-5)}, {"kind": UNMOVED, "amount": Decimal(5)})
    assert journal(carried).is_empty()
    assert journal(carried).schema == JOURNAL
    assert untied(journal(carried), carried).is_empty()


def test_a_kind_that_nobody_said_how_to_book_is_found() -> None:
    strange = postings({}, {"kind": "gift", "amount": Decimal(3)})
    assert untied(journal(strange), strange).rows() == [("payable", "USD", Decimal(10), Decimal(13))]


def test_a_line_that_is_missing_or_other_is_found() -> None:
    made = postings({}, {"kind": "accrual", "currency": "JPY", "amount": Decimal(700)})
    lines = journal(made)
    assert unbalanced(lines.head(3), ["date"]).rows() == [(date(2026, 4, 30), "JPY", Decimal(700), Decimal(0))]
    assert untied(lines.head(3), made).rows() == [("accrued", "JPY", Decimal(0), Decimal(700))]
    changed = lines.with_columns(account=pl.lit("payable"))
    assert untied(changed, made)["account"].to_list() == ["accrued", "payable"]


AMOUNT = st.integers(-(10**17), 10**17).filter(bool).map(lambda n: Decimal(n).scaleb(-4))
POSTING = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*BOOKED_KINDS, UNMOVED]),
        "amount": AMOUNT,
        "currency": st.sampled_from(["USD", "JPY", "KWD"]),
        "payout_period": st.sampled_from(["2026-01", "2026-02", "2028-02"]),
        "period": st.sampled_from(["2026-Q1", "2026"]),
        "program": st.sampled_from(["p", "q"]),
    }
)


@settings(deadline=None, max_examples=100)
@given(st.lists(POSTING, max_size=25))
def test_every_journal_balances_however_it_is_looked_at(rows: list[dict[str, Any]]) -> None:
    made = postings(*rows)
    lines = journal(made)
    for by in (["entry_id"], ["date"], ["period"], ["program", "period"], ["date", "program", "kind"]):
        assert unbalanced(lines, by).is_empty()
    assert untied(lines, made).is_empty()
    assert lines["amount"].min() is None or lines["amount"].min() > 0  # type: ignore[operator]
    assert lines.height == 2 * sum(row["kind"] != UNMOVED for row in rows)
    totals = balances(lines).group_by("currency").agg(pl.col("balance").sum())
    assert (totals["balance"] == 0).all()
    owed = sum(
        (row["amount"] for row in rows if row["kind"] not in {UNMOVED, "accrual", "accrual_reversal"}), Decimal(0)
    )
    assert sum(balances(lines).filter(account="payable")["balance"], Decimal(0)) == owed
