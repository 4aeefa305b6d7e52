"""Rows of targets and enrolments that name no rule: `check` tells the file and line that they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.authoring.check import examine
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

SOURCES = """\
  - {data_set: enrolments, path: "extracts/enrolments*.csv", format: csv}
  - {data_set: targets, path: "extracts/targets*.csv", format: csv}
"""
PROGRAM = """\
program: deal
title: Deal
reference: r
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
members: {enrolled: true}
rebates:
  only:
    period: quarter
    qualifier: {target_percent: revenue, when_missing: skip}
    measure: revenue
    method: all_units
    tiers: [{from: 100, rate: 1%}]
"""


def stray(house: House) -> list[str]:
    return [str(found) for found in examine(open_workspace(house.root)).of("warning") if found.kind == "stray"]


def test_a_slip_in_what_was_agreed_is_told_with_its_place(house: House) -> None:
    house.configure(sources=SOURCES)
    house.rule(PROGRAM)
    house.sales("T-1,M-1,P-1,2026-01-02,2026-01-02,sale,1,each,5,USD")
    assert stray(house) == []  # nothing was loaded yet
    house.put("enrolments.csv", "program,member_id,valid_from,valid_to\ndeal,M-1,2026-01-01,\ndael,M-2,2026-01-01,\n")
    header = "program,rebate,member_id,period,value\n"
    house.put("targets.csv", f"{header}deal,only,M-1,2026-Q1,10\ndeal,only,M-1,2026-13,10\n")
    house.load()
    assert stray(house) == [
        "extracts/enrolments.csv:3: there is no program 'dael' → did you mean 'deal'?",
        "extracts/targets.csv:3: deal/only has no period '2026-13' → write one of its periods, 2026-Q1 to 2026-Q4",
    ]
    assert [found.kind for found in examine(open_workspace(house.root), ignore=["stray"]).of("warning")] == ["untested"]


def test_sales_of_days_on_which_their_member_was_no_partner_are_told(house: House) -> None:
    house.rule(PROGRAM.replace("members: {enrolled: true}\n", ""))
    house.put("members.csv", "member_id,name,valid_from,valid_to\nM-1,One,2026-01-05,2026-01-31\nM-2,Two,,\n")
    days = [
        "M-1,P-1,2026-01-05",
        "M-1,P-1,2026-02-01",
        "M-1,P-1,2026-01-04",
        "M-1,P-1,2025-12-31",
        "M-2,P-1,2026-01-01",
    ]
    house.sales(*(f"{n},{said},2026-03-01,sale,1,each,5,USD" for n, said in enumerate(days)))
    house.load()
    found = (
        "extracts/tx.csv:3: M-1 bought on 2026-02-01, when no row of members holds for it: it counts in no program "
        "(rows like this: 2) → if it was a partner then, let its row begin earlier or end later"
    )
    assert stray(house) == [found]
