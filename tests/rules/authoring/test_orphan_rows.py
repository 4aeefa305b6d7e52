"""Rows that name what no rule has: one warning for each name, at its first row."""

from __future__ import annotations

import polars as pl

from rules.authoring.orphan_rows import stray_rows
from rules.loading.load import read_programs

PROGRAM = """\
program: {name}
title: P
reference: r
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
members: {{enrolled: {enrolled}}}
rebates:
  growth:
    period: quarter
    qualifier: {{target_percent: revenue, when_missing: skip}}
    measure: revenue
    method: all_units
    tiers: [{{from: 100, rate: 1%}}]
"""
PROGRAMS = read_programs(
    {f"{name}.yaml": PROGRAM.format(name=name, enrolled=flag) for name, flag in (("asks", "true"), ("open", "false"))}
)
NAMES = ("program", "rebate", "period", "path", "line")
TYPES = {**dict.fromkeys(NAMES, pl.String), "line": pl.Int64}


def found(data_set: str, *rows: tuple[object, ...], gone: tuple[str, ...] = ()) -> list[str]:
    frame = pl.DataFrame(rows, schema=TYPES, orient="row")
    return [f"{finding.kind}: {finding}" for finding in stray_rows({data_set: frame}, PROGRAMS, gone)]


def test_rows_that_rules_look_for_are_none() -> None:
    targets = [("asks", "growth", f"2026-Q{n}", "t.csv", n + 1) for n in (1, 2, 3, 4)]
    assert found("targets", *targets) == []
    assert found("enrolments", ("asks", None, None, "e.csv", 2)) == []


def test_a_program_that_is_not_there_is_told_once_with_what_may_be_meant() -> None:
    rows = [("aks", "growth", "2026-Q1", "t.csv", line) for line in (7, 3, 5)]
    told = "stray: t.csv:3: there is no program 'aks' (and 2 more rows say so) → did you mean 'asks'?"
    assert found("targets", *rows) == [told]


def test_so_are_rebates_and_periods() -> None:
    assert found("baselines", ("open", "grwth", "2026-Q1", "b.csv", 2), ("open", "growth", "2026Q1", "b.csv", 3)) == [
        "stray: b.csv:2: open has no rebate 'grwth' → did you mean 'growth'?",
        "stray: b.csv:3: open/growth has no period '2026Q1' → write one of its periods, 2026-Q1 to 2026-Q4",
    ]


def test_enrolling_where_nobody_needs_to_is_told() -> None:
    told = "stray: e.csv:2: nobody needs to enrol in open: it asks for no enrolment → "
    assert found("enrolments", ("open", None, None, "e.csv", 2)) == [
        told + "say `enrolled: true` under its `members`, or take the row out"
    ]


def test_rows_of_programs_that_were_run_once_may_stay() -> None:
    assert found("targets", ("past", "growth", "2025-Q1", "t.csv", 2), gone=("past",)) == []
