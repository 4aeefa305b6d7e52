"""The check of rule files: what an author should know before anybody is paid by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.authoring.double_payment import double_payments
from rules.authoring.file_tests import run_tests, untested
from rules.authoring.filter_checks import check_audiences, check_filters, check_indicators
from rules.authoring.inversions import cliffs, inversions
from rules.authoring.left_open import left_open
from rules.authoring.paid_for_nothing import paid_for_nothing
from rules.authoring.scale_walk import walks_of
from rules.authoring.thousands import thousands
from rules.authoring.unequal_periods import unequal_periods
from rules.authoring.unreachable import unreachable_tiers
from rules.language.finding import Finding
from rules.language.yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.authoring.double_payment import Found
    from rules.authoring.filter_checks import Columns
    from rules.language.model import Program

__all__ = ["Finding", "check_programs", "missing_columns"]


def check_programs(
    programs: Sequence[Program], columns: Columns | None = None, shared: Found | None = None
) -> list[Finding]:
    """Return what is wrong or doubtful in `programs`, in the order of files and lines.

    Errors: a test for which the rules pay another amount or reach another tier, and, if `columns` is given (data set →
    column → its values, None where they are not known), a filter on a column that the data does not have. Warnings:
    bounds and rebates without tests, filters on values that no row has, tiers that no figure reaches or that change
    nothing, figures that are paid less than smaller ones, amounts for those who buy nothing, figures that may be meant
    as thousands, growth over periods of another length, and rebates that pay on the same transactions: as stated by
    `shared`, or without it as far as their filters tell. Infos: bounds at which the payment leaps, and what a file
    leaves open of returns.
    """
    marked = {program.id: parse_yaml(program.text, program.file) for program in programs}
    findings, reached = run_tests(programs, marked)
    for program in programs:
        text, walks = marked[program.id], walks_of(program)
        findings += untested(program, text, reached)
        findings += unreachable_tiers(program, text, walks)
        findings += inversions(program, text, walks)
        findings += cliffs(program, text, walks)
        findings += paid_for_nothing(program, text)
        findings += thousands(program, text)
        findings += unequal_periods(program, text)
        findings += check_audiences(program, text)
        findings += left_open(program, text)
        if columns is not None:
            findings += check_filters(program, text, columns)
            findings += check_indicators(program, text, columns.get("visit_kpis", {}).get("kpi") or ())
    findings += double_payments(programs, marked, shared)
    return sorted(findings)


def missing_columns(programs: Sequence[Program], columns: Columns) -> list[Finding]:
    """Return the filters on columns that the data does not have: such a program cannot be rated reliably."""
    findings = (
        finding
        for program in programs
        for finding in check_filters(program, parse_yaml(program.text, program.file), columns)
    )
    return sorted(finding for finding in findings if finding.severity == "error")
