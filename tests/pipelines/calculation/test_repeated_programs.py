"""Repeated programs: a copy of one that paid is refused, unless enrolments say who takes part in which."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.calculation.repeated_programs import repeated_programs
from rules.loading.load import read_programs

TEXT = """\
program: {name}
title: {name}
reference: r
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
{members}
rebates:
  a:
    period: year
    measure: revenue
    method: all_units
    tiers: [{{from: 1000, rate: 1%}}]
"""
ALL, ENROLLED = "", "members: {enrolled: true}"


@pytest.mark.parametrize(("members", "copies"), [(ALL, ["b", "c"]), (ENROLLED, [])], ids=["all", "enrolled"])
def test_a_copy_of_a_program_that_paid_is_named(members: str, copies: list[str]) -> None:
    programs = read_programs({f"{name}.yaml": TEXT.format(name=name, members=members) for name in "abc"})
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE payable AS SELECT 'a' AS program")
        found = repeated_programs(connection, programs, [])
        assert [str(problem.at) for problem in found] == [f"{name}.yaml" for name in copies]
        connection.execute("INSERT INTO payable VALUES ('b'), ('c')")
        assert repeated_programs(connection, programs, []) == []
