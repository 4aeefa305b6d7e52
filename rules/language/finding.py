"""Findings: what an author should know of a rule file that can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from schemas.errors import Problem

if TYPE_CHECKING:
    from rules.language.yaml_text import Marked, Path

Severity: TypeAlias = Literal["error", "warning", "info"]
Kind: TypeAlias = Literal[
    "language",
    "missing",
    "test",
    "untested",
    "filter",
    "unreachable",
    "inversion",
    "cliff",
    "double-payment",
    "stray",
    "refused",
    "contradiction",
    "unconverted",
    "two-readings",
    "unused-words",
    "paid-for-nothing",
    "unequal-periods",
    "left-open",
    "thousands",
]


@dataclass(frozen=True)
class Finding(Problem):
    """A problem of a rule file: an error must be corrected, a warning examined; an info is for information.

    `kind` names the check, so that a workspace can choose which ones it wants.
    """

    severity: Severity = "warning"
    kind: Kind = "filter"


def finding_at(
    marked: Marked, path: Path, found: str, todo: str, *, kind: Kind, severity: Severity = "warning"
) -> Finding:
    """Return a finding at the value at `path`."""
    return finding_of(marked.problem_at(path, found, todo), kind=kind, severity=severity)


def finding_of(problem: Problem, *, kind: Kind, severity: Severity = "warning") -> Finding:
    """Return a finding made of a problem, at its place."""
    return Finding(problem.found, problem.todo, severity, kind, at=problem.at)
