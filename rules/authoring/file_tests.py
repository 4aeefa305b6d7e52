"""The tests in rule files: whether the rules pay what they state, and which bounds no test covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.authoring.calc import work_out
from rules.language.finding import finding_at
from rules.language.reading import plain
from schemas.types import VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rules.language.finding import Finding
    from rules.language.model import Program, RuleTest
    from rules.language.yaml_text import Marked, Path

_FIGURES = pl.Schema({"program": pl.String(), "rebate": pl.String(), "qualifier": VALUE, "measure": VALUE})

Reached = dict[tuple[str, str], set[int]]
"""The tiers that the tests of a rebate reach, by program and rebate; 0 is below the first."""


def run_tests(programs: Sequence[Program], marked: Mapping[str, Marked]) -> tuple[list[Finding], Reached]:
    """Return the failed tests of `programs`, as errors, and the tiers that all tests reach.

    `marked`: the text of each program, by its id.
    """
    cases = [(program, number, case) for program in programs for number, case in enumerate(program.tests)]
    figures = pl.DataFrame(
        [(program.id, rebate_of(program, case), case.when.qualifier, case.when.measure) for program, _, case in cases],
        schema=_FIGURES,
        orient="row",
    )
    # All tests of all programs in one call: planning a query per test would take longer than computing it.
    paid = work_out(figures, programs).select("tier", "payout").iter_rows()
    findings: list[Finding] = []
    reached: Reached = {}
    for (program, number, case), (tier, payout) in zip(cases, paid, strict=True):
        reached.setdefault((program.id, rebate_of(program, case)), set()).add(tier)
        text = marked[program.id]
        if payout != case.pays:
            where = _tier(tier) if tier else "below the first tier"
            found = f"the rules pay {plain(payout)} here ({where}), the test says {plain(case.pays)}"
            findings.append(_failed(text, ("tests", number), found))
        if case.tier not in {None, tier}:
            found = f"the figures are in {_tier(tier)}, the test says {_tier(case.tier or 0)}"
            findings.append(_failed(text, ("tests", number, "tier"), found))
    return findings, reached


def untested(program: Program, marked: Marked, reached: Reached) -> Iterator[Finding]:
    """Yield rebates without a test, and bounds without tests on both sides; one finding per rebate."""
    if not program.tests:
        todo = "add 'tests': figures of the contract and what it pays for them, on both sides of every bound"
        yield finding_at(marked, ("program",), "the program has no tests", todo, kind="untested")
        return
    for name, rebate in program.rebates.items():
        tried = reached.get((program.id, name), set())
        if not tried:
            found, todo = f"no test is about the rebate {name!r}", "add one under 'tests'"
            yield finding_at(marked, ("rebates", name), found, todo, kind="untested")
            continue
        # Below a bound of zero there is nothing to try.
        first = 1 if rebate.tiers[0].bound != 0 else 2
        numbered = list(enumerate(rebate.tiers, start=1))[first - 1 :]
        missing = [plain(tier.bound) for number, tier in numbered if not {number - 1, number} <= tried]
        if missing:
            bounds = f"bound{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
            found = f"no tests stand on both sides of the {bounds} of {name!r}"
            todo = "add the figure at the bound and the one just below it"
            yield finding_at(marked, ("rebates", name, "tiers"), found, todo, kind="untested")


def rebate_of(program: Program, case: RuleTest) -> str:
    """Return the name of the rebate that a test is about."""
    return case.rebate or next(iter(program.rebates))


def _failed(marked: Marked, place: Path, found: str) -> Finding:
    """Return the finding of a failed test."""
    return finding_at(marked, place, found, "correct the rule or the test", kind="test", severity="error")


def _tier(number: int) -> str:
    """Return a tier in words."""
    return f"tier {number}" if number else "no tier"
