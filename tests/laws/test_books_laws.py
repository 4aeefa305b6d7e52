"""What must not matter to the books: how often is settled, how rows come, and whatever else is in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.agreements import programs
from tests.laws.booking import booked
from tests.laws.histories import histories

if TYPE_CHECKING:
    import random

    from tests.oracles.history import History, Sale

LATE = date(2027, 1, 20)
"""All periods are over by then, and all rows received."""

SUMS = ("revenue", "quantity")

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
some = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


def with_sales(history: History, *sales: Sale) -> History:
    return replace(history, transactions=list(sales))


def unlinked(history: History) -> History:
    """Let no return name its sale: where sales are replaced, it would name one that is gone."""
    return with_sales(history, *(sale._replace(original_id=None) for sale in history.transactions))


def adds_up_only(program: dict[str, Any]) -> dict[str, Any]:
    """Let every rebate of a program measure revenue, and nothing count rows: sums are what the law is about."""
    rebates = {}
    for name, rebate in program["rebates"].items():
        plain = {key: value for key, value in rebate.items() if key not in {"measure", "qualifier", "unit", "compare"}}
        tiers = [dict(tier) for tier in rebate["tiers"]]
        for tier in tiers:
            if " per " in tier.get("rate", ""):
                tier["rate"] = f"{Decimal(tier['rate'].split(' per ', maxsplit=1)[0])}%"
        rebates[name] = {**plain, "measure": "revenue", "tiers": tiers}
    return {**program, "rebates": rebates}


@some
@given(programs(), histories(), st.lists(st.dates(date(2026, 1, 5), date(2026, 12, 20)), min_size=1, max_size=4))
def test_settled_in_parts_or_at_once_pays_the_same(program: dict[str, Any], history: History, days: list[date]) -> None:
    rebates = {name: {**rebate, "settle": rebate["period"]} for name, rebate in program["rebates"].items()}
    at_once = booked([{**program, "rebates": rebates}], history, [LATE])
    assert booked([program], history, [*days, LATE]) == at_once


@some
@given(programs(), histories(), st.randoms(use_true_random=False), st.integers(2, 4))
def test_the_order_of_rows_and_files_never_matters(
    program: dict[str, Any], history: History, dice: random.Random, files: int
) -> None:
    shuffled = with_sales(history, *dice.sample(history.transactions, len(history.transactions)))
    assert booked([program], shuffled, [LATE], files=files) == booked([program], history, [LATE])


@some
@given(programs().map(adds_up_only), histories().map(unlinked), st.data())
def test_a_sale_and_its_full_return_leave_nothing(program: dict[str, Any], history: History, data: Any) -> None:
    sold = data.draw(st.sampled_from(history.transactions))._replace(transaction_id="S", type="sale")
    sold = sold._replace(quantity=sold.quantity.lstrip("-"), amount=sold.amount.lstrip("-"))
    back = sold._replace(transaction_id="R", quantity=f"-{sold.quantity}", amount=f"-{sold.amount}", type="return")
    # A filter on the type of transaction would see one of the two only.
    free = {name: {**rebate, "transactions": {}} for name, rebate in program["rebates"].items()}
    free = {name: {k: v for k, v in rebate.items() if v != {}} for name, rebate in free.items()}
    program = {**program, "rebates": free}
    both = with_sales(history, *history.transactions, sold, back)
    assert booked([program], both, [LATE]) == booked([program], history, [LATE])


@some
@given(programs().map(adds_up_only), histories().map(unlinked), st.data())
def test_a_transaction_split_in_two_changes_nothing(program: dict[str, Any], history: History, data: Any) -> None:
    whole = data.draw(st.sampled_from(history.transactions))
    part = {name: Decimal(getattr(whole, name)) / 4 for name in ("quantity", "amount")}
    rest = {name: Decimal(getattr(whole, name)) - figure for name, figure in part.items()}
    halves = [
        whole._replace(transaction_id=f"{whole.transaction_id}-{n}", **{name: f"{v:f}" for name, v in figures.items()})
        for n, figures in enumerate((part, rest))
    ]
    others = [sale for sale in history.transactions if sale != whole]
    split = with_sales(history, *others, *halves)
    assert booked([program], split, [LATE]) == booked([program], history, [LATE])


@some
@given(programs(number=0), programs(number=1), histories(), st.lists(st.dates(date(2026, 3, 1), LATE), max_size=2))
def test_an_unrelated_program_changes_no_payout(
    program: dict[str, Any], other: dict[str, Any], history: History, days: list[date]
) -> None:
    together = booked([program, other], history, [*days, LATE])
    own = {key: amount for key, amount in together.items() if key[0] == program["program"]}
    assert own == booked([program], history, [*days, LATE])
