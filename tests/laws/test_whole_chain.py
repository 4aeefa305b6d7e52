"""The whole chain, from files to ledger, pays what the same agreement reckoned by hand pays, whatever the history."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.agreements import programs
from tests.laws.booking import booked
from tests.laws.examples import examples
from tests.laws.histories import histories
from tests.oracles.reckoning import entitlements

if TYPE_CHECKING:
    from tests.oracles.history import History

AS_OF = st.dates(date(2026, 7, 1), date(2027, 1, 15))


def agree(agreements: list[dict[str, Any]], history: History, days: list[date]) -> None:
    assert booked(agreements, history, days) == entitlements(agreements, history, max(days))


@examples(3, suppress=tuple(HealthCheck))
@given(programs(wide=False), histories(), st.lists(AS_OF, min_size=1, max_size=2))
def test_a_plain_agreement_pays_what_is_reckoned_by_hand(
    program: dict[str, Any], history: History, days: list[date]
) -> None:
    agree([program], history, days)


@pytest.mark.long
@pytest.mark.timeout(1500)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.tuples(programs(number=0), programs(number=1)), histories(), st.lists(AS_OF, min_size=1, max_size=2))
def test_every_agreement_pays_what_is_reckoned_by_hand(
    agreements: tuple[dict[str, Any], ...], history: History, days: list[date]
) -> None:
    agree(list(agreements), history, days)
