"""The whole chain, from files to ledger, pays what the same agreement reckoned by hand pays, whatever the history."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.frames import read
from pipelines.runs import Run
from pipelines.stages import run_all
from pipelines.warehouse import connect
from pipelines.workspace import open_workspace
from tests.laws.agreements import programs, yaml_of
from tests.laws.histories import histories
from tests.oracles.reckoning import Key, entitlements

if TYPE_CHECKING:
    from tests.oracles.history import History

EARNED = "SELECT program, rebate, member_id, period, amount FROM ledger WHERE kind IN ('rebate', 'restatement')"
AS_OF = st.dates(date(2026, 7, 1), date(2027, 1, 15))


def booked(agreements: list[dict[str, Any]], history: History, days: list[date]) -> dict[Key, Fraction]:
    """Run the nightly job on each of `days`, in a workspace of its own, and add the ledger up."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        history.write(root)
        (root / "rules").mkdir()
        for program in agreements:
            text = "\n".join(f"{key}: {yaml_of(value)}" for key, value in program.items())
            (root / "rules" / f"{program['program']}.yaml").write_text(text + "\n", encoding="utf-8")
        workspace = open_workspace(root)
        for day in sorted(days):
            run_all(workspace, Run(day))
        with connect(workspace, read_only=True) as connection:
            rows = read(connection, EARNED).rows()
    found: dict[Key, Fraction] = defaultdict(Fraction)
    for *key, amount in rows:
        found[tuple(key)] += Fraction(amount)
    return {key: amount for key, amount in found.items() if amount}


def agree(agreements: list[dict[str, Any]], history: History, days: list[date]) -> None:
    assert booked(agreements, history, days) == entitlements(agreements, history, max(days))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(wide=False), histories(), st.lists(AS_OF, min_size=1, max_size=2))
def test_a_plain_agreement_pays_what_is_reckoned_by_hand(
    program: dict[str, Any], history: History, days: list[date]
) -> None:
    agree([program], history, days)


@pytest.mark.long
@pytest.mark.timeout(1500)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.tuples(programs(number=0), programs(number=1)), histories(), st.lists(AS_OF, min_size=1, max_size=3))
def test_every_agreement_pays_what_is_reckoned_by_hand(
    agreements: tuple[dict[str, Any], ...], history: History, days: list[date]
) -> None:
    agree(list(agreements), history, days)
