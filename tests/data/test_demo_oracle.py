"""Every amount the demo pays, found again from its files by slow programs that know nothing of Rebatch.

The older contracts are set up by hand from their wording; all of them are reckoned from their files as well, row by row
and in fractions.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.workspace.configuration import Workspace, open_workspace
from tests.oracles.demo_contracts import REBATES, Rebate, rounded
from tests.oracles.demo_files import Sale, read, sales, worth
from tests.oracles.demo_history import agreements, concerning, history
from tests.oracles.reckoning import entitlements as reckoned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.oracles.history import History

AS_OF = date(2026, 11, 23)

Amounts = dict[tuple[str, ...], Fraction]
"""By program, rebate, member and period."""


pytestmark = pytest.mark.sampled(2, of="module")

AGREEMENTS = agreements()
SET_UP_BY_HAND = {rebate.program for rebate in REBATES}
FROM_THE_FIRST_UNIT = {"premium-brand", "oil-by-the-litre"}
"""Rebates whose scale begins at zero: whoever buys earns."""

EARNED = """
    SELECT program, rebate, member_id, period, SUM(amount) FROM ledger WHERE kind = 'rebate' GROUP BY ALL
    HAVING SUM(amount) <> 0
"""
STANDINGS = """
    SELECT program, rebate, BOOL_OR(amount > 0), BOOL_OR(amount = 0) FROM work.entitlements WHERE horizon = 'settled'
    GROUP BY ALL
"""


@pytest.fixture(scope="module")
def demo(demo_run: Path) -> Workspace:
    """The demo, run once as of AS_OF."""
    return open_workspace(demo_run)


@pytest.fixture(scope="module")
def posted(demo: Workspace) -> Amounts:
    """What the rules gave, by the ledger."""
    return {tuple(row[:4]): Fraction(row[4]) for row in asked(demo, EARNED)}


@pytest.fixture(scope="module")
def plain_history() -> History:
    """The demo's files as plain rows."""
    return history()


def test_the_ledger_holds_what_the_contracts_say(posted: Amounts) -> None:
    known = sales()
    expected = {key: amount for rebate in REBATES for key, amount in entitlements(rebate, known).items() if amount}
    found = {key: amount for key, amount in posted.items() if key[0] in SET_UP_BY_HAND}
    assert differences(found, expected) == {}
    assert len(found) > 400


@pytest.mark.long
@pytest.mark.parametrize("name", AGREEMENTS)
def test_the_ledger_holds_what_is_reckoned_row_by_row(name: str, posted: Amounts, plain_history: History) -> None:
    agreement = AGREEMENTS[name]
    of_hand = reckoned([agreement], concerning(agreement, plain_history), AS_OF)
    expected: Amounts = {tuple(key): amount for key, amount in of_hand.items()}
    found = {key: amount for key, amount in posted.items() if key[0] == name}
    assert differences(found, expected) == {}
    assert {key[1] for key in found} == agreement["rebates"].keys()


def test_every_rebate_pays_some_and_not_others(demo: Workspace) -> None:
    standings = {(program, rebate): standing for program, rebate, *standing in asked(demo, STANDINGS)}
    assert standings.keys() == {(name, rebate) for name, program in AGREEMENTS.items() for rebate in program["rebates"]}
    alike = {rebate for (_, rebate), (some_earn, some_do_not) in standings.items() if not (some_earn and some_do_not)}
    assert alike == FROM_THE_FIRST_UNIT


@pytest.mark.long
def test_running_again_posts_nothing(demo: Workspace, tmp_path: Path) -> None:
    before = asked(demo, "SELECT * FROM ledger ORDER BY seq")
    shutil.copytree(demo.root.parents[1], tmp_path / "again")
    again = open_workspace(tmp_path / "again" / "data" / "demo")
    run_all(again, Run(as_of=AS_OF))
    assert asked(again, "SELECT * FROM ledger ORDER BY seq") == before


def differences(found: Amounts, expected: Amounts) -> dict[tuple[str, ...], tuple[Fraction | None, Fraction | None]]:
    keys = [key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)]
    return {key: (found.get(key), expected.get(key)) for key in keys}


def asked(workspace: Workspace, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(workspace.warehouse_path), read_only=True) as books:
        return books.execute(query).fetchall()


def enrolments(program: str) -> dict[str, list[tuple[date, date]]]:
    spans: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for row in read("enrolments.csv"):
        if row["program"] == program:
            last = date.fromisoformat(row["to"]) if row["to"] else date.max
            spans[row["member_id"]].append((date.fromisoformat(row["from"]), last))
    return spans


def entitlements(rebate: Rebate, known: list[Sale]) -> Amounts:
    spans = enrolments(rebate.program)
    counting = [one for one in known if rebate.counts(one)]
    inside = [
        one
        for one in counting
        if not rebate.enrolled or any(a <= one.day <= b for a, b in spans[one.member["member_id"]])
    ]
    paid: Amounts = {}
    for label, start, through in periods(rebate):
        measures = total(inside, rebate, start, through)
        end_before = day_before(months_on(day_after(through), -rebate.back))
        bases = total(counting, rebate, months_on(start, -rebate.back), end_before)
        for member, measure in measures.items():
            payout = rebate.pays(measure, bases.get(member, Fraction(0)) if rebate.back else measure)
            paid[rebate.program, rebate.name, member, label] = rounded(payout, 0 if rebate.currency == "JPY" else 2)
    return paid


def total(counting: Iterable[Sale], rebate: Rebate, start: date, through: date) -> dict[str, Fraction]:
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for one in counting:
        if start <= one.day <= through:
            sums[one.member["member_id"]] += worth(one, unit=rebate.unit, currency=rebate.currency)
    return {member: rounded(value, 10) for member, value in sums.items()}


def periods(rebate: Rebate) -> Iterator[tuple[str, date, date]]:
    """List the periods begun, each with the end of its last part that is over."""
    start = rebate.first
    while start <= rebate.last:
        end = start
        for _ in range(rebate.months // rebate.settles):
            following_part = months_on(end, rebate.settles)
            if day_before(following_part) >= AS_OF:
                break
            end = following_part
        if end > start:
            yield label(start, rebate.months), start, day_before(end)
        start = months_on(start, rebate.months)


def label(start: date, months: int) -> str:
    part = (start.month - 1) // months + 1
    return {1: f"{start:%Y-%m}", 3: f"{start.year}-Q{part}", 6: f"{start.year}-H{part}", 12: f"{start.year}"}[months]


def months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, day.day)


def day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
