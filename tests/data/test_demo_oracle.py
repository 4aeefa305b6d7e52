"""Every amount the demo pays, found again from its files by a slow program that knows nothing of Rebatch."""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines.runs import Run
from pipelines.stages import run_all
from pipelines.workspace import open_workspace
from tests.oracles.demo_contracts import REBATES, Rebate, rounded
from tests.oracles.demo_files import Sale, read, sales, worth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[2]
AS_OF = date(2026, 11, 23)
MADE = shutil.ignore_patterns("warehouse*", "landing", "out", "rejects", "spill")

Amounts = dict[tuple[str, ...], Fraction]
"""By program, rebate, member and period."""


def test_the_ledger_holds_what_the_contracts_say(tmp_path: Path) -> None:
    known = sales()
    expected = {key: amount for rebate in REBATES for key, amount in entitlements(rebate, known).items() if amount}
    posted = ledger(tmp_path)
    assert {key: (posted.get(key), expected.get(key)) for key in posted.keys() ^ expected.keys()} == {}
    assert {key: (posted[key], expected[key]) for key in posted if posted[key] != expected[key]} == {}
    assert len(posted) > 400


def ledger(folder: Path) -> Amounts:
    for part in ("data/demo", "rules/programs"):
        shutil.copytree(ROOT / part, folder / part, ignore=MADE)
    workspace = open_workspace(folder / "data" / "demo")
    run_all(workspace, Run(as_of=AS_OF))
    with duckdb.connect(str(workspace.warehouse_path), read_only=True) as books:
        rows = books.execute(
            "SELECT program, rebate, member_id, period, SUM(amount) FROM ledger GROUP BY ALL HAVING SUM(amount) <> 0"
        ).fetchall()
    return {tuple(row[:4]): Fraction(row[4]) for row in rows}


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
