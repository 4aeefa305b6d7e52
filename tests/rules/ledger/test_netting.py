"""Netting: nothing below zero leaves the house, nothing small where the program says so; nothing is forgotten."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.compiled.policies import POLICIES
from rules.ledger.netting import net
from schemas.types import MONEY

HERE, NEXT = "2026-05", "2026-06"

Made = list[tuple[str, str, str]]


def posting(
    amount: str, kind: str = "rebate", period: str = "2026-Q1", payout_period: str = HERE, **flags: bool | str
) -> dict[str, object]:
    return {
        "program": "p", "payee_id": "A", "currency": "USD", "payout_period": payout_period, "kind": kind,
        "period": period, "amount": Decimal(amount), "reason": flags.pop("reason", "settled"),
        "is_frozen": False, "is_stale": False, **flags,
    }  # fmt: skip


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    flags = {"is_frozen": pl.Boolean, "is_stale": pl.Boolean}
    names = ("program", "payee_id", "currency", "payout_period", "kind", "period", "amount", "reason")
    return pl.DataFrame(rows, schema={**dict.fromkeys(names, pl.String), **flags, "amount": MONEY})


def policy(
    negative: str = "carry_forward", minimum: str | None = None, below: str = "carry", *, is_over: bool = False
) -> pl.DataFrame:
    amount = None if minimum is None else Decimal(minimum)
    return pl.DataFrame([("p", negative, amount, below if minimum else None, is_over)], schema=POLICIES, orient="row")


def made(postings: pl.DataFrame, policies: pl.DataFrame | None = None) -> Made:
    """Give what is posted: kind, payout period, amount."""
    rows = net(postings, policy() if policies is None else policies, HERE, NEXT)
    return [
        (kind, period, f"{amount.normalize():f}")
        for kind, period, amount in rows["kind", "payout_period", "amount"].rows()
    ]


def moved(amount: str) -> Made:
    """Give what moves `amount` to the next payout period."""
    out = f"{-Decimal(amount):f}"
    return [("carry_forward", HERE, out), ("carry_forward", NEXT, amount)]


@pytest.mark.parametrize(
    ("postings", "carried"),
    [
        ([posting("-50")], "-50"),
        ([posting("-50"), posting("80")], None),
        ([posting("-50"), posting("50")], None),
        ([posting("-50"), posting("49.99")], "-0.01"),
        ([posting("-50"), posting("50", "carry_forward", HERE)], None),
        ([posting("20"), posting("-50", "carry_forward", "2026-04")], "-30"),
        ([posting("60"), posting("-50"), posting("50", "carry_forward", HERE)], "50"),
    ],
)
def test_what_is_below_zero_moves_on_and_comes_back_once_it_is_earned(
    postings: list[dict[str, object]], carried: str | None
) -> None:
    assert made(frame(*postings)) == (moved(carried) if carried else [])


def test_what_people_have_decided_to_pay_stays_paid_and_the_rest_is_carried() -> None:
    decided = posting("100", is_frozen=True)
    assert made(frame(decided, posting("-30"))) == moved("-30")
    assert made(frame(decided, posting("-30"), posting("30", "carry_forward", HERE), posting("50"))) == moved("30")


def test_an_amount_carried_out_of_a_decided_payout_comes_back_in_a_further_one() -> None:
    decided = [posting("-30", is_frozen=True), posting("30", "carry_forward", HERE, is_frozen=True)]
    assert made(frame(*decided, posting("50"))) == moved("30")


def test_what_is_asked_back_is_not_carried() -> None:
    assert made(frame(posting("-50")), policy("invoice")) == []
    assert made(frame(posting("-50"), posting("50", "carry_forward", HERE)), policy("invoice")) == moved("50")


def test_what_waits_for_its_write_off_is_carried_and_comes_back_with_it() -> None:
    assert made(frame(posting("-50")), policy("write_off")) == moved("-50")
    written_off = posting("50", "write_off", HERE, reason="WO-0123456789ab written off")
    assert made(frame(posting("-50"), posting("50", "carry_forward", HERE), written_off), policy("write_off")) == moved(
        "50"
    )


@pytest.mark.parametrize(("amount", "is_small"), [("49.99", True), ("50", False), ("0", False)])
@pytest.mark.parametrize("below", ["carry", "drop"])
def test_an_amount_below_the_minimum_waits_or_lapses(amount: str, below: str, *, is_small: bool) -> None:
    expected = {"carry": moved(amount), "drop": [("write_off", HERE, f"-{amount}")]}[below]
    assert made(frame(posting(amount)), policy(minimum="50", below=below)) == (expected if is_small else [])


def test_the_reasons_name_the_minimum() -> None:
    for below, reasons in (
        ("carry", ["below the minimum payout of 50.5: carried to 2026-06", "carried from 2026-05"]),
        ("drop", ["below the minimum payout of 50.5: lapses"]),
    ):
        rows = net(frame(posting("10")), policy(minimum="50.50", below=below), HERE, NEXT)
        assert rows["reason"].to_list() == reasons


def test_a_program_that_is_over_holds_nothing_back_but_what_is_to_be_dropped_lapses() -> None:
    assert made(frame(posting("10")), policy(minimum="50", is_over=True)) == []
    assert made(frame(posting("10")), policy(minimum="50", below="drop", is_over=True)) == [("write_off", HERE, "-10")]
    assert made(frame(posting("-10")), policy(minimum="50", is_over=True)) == moved("-10")


@pytest.mark.parametrize("is_frozen", [True, False])
def test_a_lapse_is_taken_back_once_the_period_reaches_the_minimum(*, is_frozen: bool) -> None:
    lapsed = [posting("30", is_frozen=is_frozen), posting("-30", "write_off", HERE, is_frozen=is_frozen)]
    assert made(frame(*lapsed, posting("19.99")), policy(minimum="50", below="drop")) == [("write_off", HERE, "-19.99")]
    assert made(frame(*lapsed, posting("20")), policy(minimum="50", below="drop")) == [("write_off", HERE, "30")]


def test_nothing_lapses_or_waits_of_a_period_that_people_have_paid_from() -> None:
    for below in ("carry", "drop"):
        decided = posting("100", is_frozen=True)
        assert made(frame(decided, posting("10")), policy(minimum="50", below=below)) == []
        assert made(frame(decided, posting("-80")), policy(minimum="50", below=below)) == moved("-80")


def test_a_program_without_a_policy_carries_forward() -> None:
    assert made(frame(posting("-5"), posting("3", "restatement")), policy().clear()) == moved("-2")


EARLIER = "2026-04"


def from_earlier(amount: str) -> Made:
    return [("carry_forward", EARLIER, f"{-Decimal(amount):f}"), ("carry_forward", HERE, amount)]


def test_a_draft_of_an_earlier_period_stays_where_it_is() -> None:
    assert made(frame(posting("80", payout_period=EARLIER), posting("-10"))) == moved("-10")


def test_a_rejected_payout_of_an_earlier_period_arrives_in_the_open_one() -> None:
    rejected = posting("80", payout_period=EARLIER, is_stale=True)
    assert made(frame(rejected)) == from_earlier("80")
    assert made(frame(rejected, posting("-100"))) == [*from_earlier("80"), *moved("-20")]


def test_what_a_skipped_payout_period_holds_arrives_in_the_open_one() -> None:
    for amount in ("-50", "30"):
        skipped = posting(amount, "carry_forward", "2026-03", EARLIER, is_stale=True)
        assert made(frame(skipped, posting("60"))) == from_earlier(amount)


def test_what_is_below_zero_in_an_earlier_period_moves_unless_it_is_asked_back() -> None:
    owed = posting("-40", payout_period=EARLIER)
    assert made(frame(owed, posting("60"))) == from_earlier("-40")
    assert made(frame(owed, posting("60")), policy("invoice")) == []


@given(
    st.lists(st.tuples(st.decimals(-100, 100, places=2), st.booleans()), max_size=6),
    st.sampled_from(["carry_forward", "invoice", "write_off"]),
    st.sampled_from([None, "0.01", "60"]),
    st.sampled_from(["carry", "drop"]),
)
def test_open_amounts_end_at_zero_or_above_and_netting_twice_changes_nothing(
    found: list[tuple[Decimal, bool]], negative: str, minimum: str | None, below: str
) -> None:
    postings = frame(*(posting(str(amount), is_frozen=is_frozen) for amount, is_frozen in found))
    policies = policy(negative, minimum, below)
    rows = net(postings, policies, HERE, NEXT).with_columns(is_frozen=False, is_stale=False)
    assert rows.filter(kind="carry_forward")["amount"].sum() == 0
    after = pl.concat([postings, rows.filter(payout_period=HERE).select(postings.columns)])
    open_amount = after.filter(~pl.col("is_frozen"))["amount"].sum()
    assert open_amount >= 0 or negative == "invoice"
    assert net(after, policies, HERE, NEXT).is_empty()
