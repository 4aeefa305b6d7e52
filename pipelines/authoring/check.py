"""Check: rule files against the language, their own tests, the data they refer to, and one another."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from pipelines.authoring.double_payment import shared_payments
from pipelines.authoring.orphan_rows import find_stray, refused_files, unknown_levels
from pipelines.authoring.unused_words import unused_words
from pipelines.authoring.visit_templates import parted, template_problems
from pipelines.calculation.contradictions import contradictions
from pipelines.calculation.filter_values import known_values, values_of
from pipelines.calculation.rule_files import calendars_beside, missing_programs, normal_filters, read_rule_texts
from pipelines.calculation.template_files import read_template_texts
from pipelines.calculation.unconverted import unconverted
from pipelines.console.tables import Table
from pipelines.intake.row_identity import refuse_changed
from pipelines.intake.two_readings import two_readings
from pipelines.warehouse.connection import connect
from pipelines.workspace.regular_files import read_texts
from rules.authoring.check import check_programs, missing_columns
from rules.compiled.periods import calendar_years
from rules.language.finding import Finding, finding_of
from rules.loading.load import read_programs
from schemas.errors import Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    import duckdb

    from pipelines.workspace.configuration import Workspace
    from rules.language.finding import Kind, Severity
    from rules.language.model import Program

PROGRAM = {
    "program": pl.String, "file": pl.String, "calendar": pl.String, "from": pl.Date, "to": pl.Date,
    "currency": pl.String, "rebates": pl.Int64, "tests": pl.Int64,
}  # fmt: skip
"""Columns of the table of programs."""
SHOWN = dict.fromkeys(("where", "kind", "found", "todo"), pl.String)
"""Columns of a finding as people see it."""

Columns = dict[str, dict[str, set[str] | None]]
"""Per data set its columns, each with its values; None where values are not compared."""


@dataclass(frozen=True)
class Checked:
    """The programs that were read, and the findings."""

    programs: Sequence[Program]
    findings: Sequence[Finding]

    def of(self, severity: Severity) -> list[Finding]:
        """Return the findings of one severity."""
        return [finding for finding in self.findings if finding.severity == severity]

    def refuse(self) -> None:
        """Refuse to go on if there are errors.

        Raises:
            RuleError: with all of it, in all files.
        """
        if errors := self.of("error"):
            raise RuleError(*errors)

    def tables(self) -> list[Table]:
        """Return the programs, the warnings and infos, and the errors where there are any."""
        errors, years = self.of("error"), calendar_years(self.programs)
        return [
            Table("programs", "Programs", pl.DataFrame([_row(program) for program in self.programs], schema=PROGRAM)),
            *([Table("calendars", "Years of calendars of your own", years)] if not years.is_empty() else []),
            *([_table("errors", "Must be mended", errors)] if errors else []),
            _table("warnings", "Worth a look", self.of("warning")),
            _table("infos", "Good to know", self.of("info")),
        ]


def check(workspace: Workspace, files: Sequence[Path] | None = None) -> list[Table]:
    """Return what was read in `files`, or in every rule file of the workspace, with warnings and infos.

    Raises:
        RuleError: with all that must be mended, in all files.
        BooksError: a run would be refused, since what identifies rows in force was changed.
    """
    checked = examine(workspace, files)
    checked.refuse()
    refuse_other_keys(workspace)
    return checked.tables()


def refuse_other_keys(workspace: Workspace) -> None:
    """Refuse what a run would refuse before it loads anything.

    Raises:
        BooksError: what identifies rows in force was changed.
    """
    if workspace.warehouse_path.exists():
        with connect(workspace, read_only=True) as connection:
            refuse_changed(connection, workspace.config)


def examine(workspace: Workspace, files: Sequence[Path] | None = None, *, ignore: Collection[str] = ()) -> Checked:
    """Return the findings in `files`, or in every rule file of the workspace; `ignore` are kinds to leave out.

    Columns and values of filters, and levels, are compared with the warehouse once something was loaded, and double
    payment is searched among its transactions; before that, filters are only compared with one another. Without `files`
    the rules are also compared with the enrolments, targets and baselines that name them. Only warnings and infos can
    be ignored. Action plan templates are checked with them: those among `files`, or all of the workspace's.

    Raises:
        RuleError: a file cannot be read at all.
    """
    texts = read_rule_files(files, workspace.rules_dir) if files else read_rule_texts(workspace)
    texts, templates = parted(texts) if files else (texts, read_template_texts(workspace))
    of_visits = _mistakes(template_problems(workspace, templates), "language")
    try:
        programs = normal_filters(workspace, read_programs(texts))
    except RuleError as error:
        return Checked([], [*_mistakes(error.problems, "language"), *of_visits])
    has_books = workspace.warehouse_path.exists()
    known = _known(workspace, programs) if has_books else None
    is_wanted = "double-payment" not in ignore
    # A scan with a filter on a missing column would fail; that mistake is among the findings anyway.
    is_comparable = known is not None and not missing_columns(programs, known)
    shared = shared_payments(workspace, programs) if is_wanted and is_comparable else None
    findings = check_programs(programs, known, shared)
    heard = [finding for finding in findings if finding.severity == "error" or finding.kind not in ignore]
    if not files and "two-readings" not in ignore:
        heard += [finding_of(asked, kind="two-readings", severity="warning") for asked in two_readings(workspace)]
    if not has_books:
        return Checked(programs, [*of_visits, *heard])
    with connect(workspace, read_only=True) as connection:
        gone = [] if files else missing_programs(connection, programs)
        levels = unknown_levels(connection, programs)
        stray = [] if files or "stray" in ignore else find_stray(connection, programs)
        refused = [] if files or "refused" in ignore else refused_files(connection)
        lacking = [] if files else _warnings(connection, workspace, ignore)
    mistakes = [*_mistakes(gone, "missing"), *_mistakes(levels, "filter")]
    return Checked(programs, [*of_visits, *mistakes, *heard, *stray, *refused, *lacking])


def _warnings(connection: duckdb.DuckDBPyConnection, workspace: Workspace, ignore: Collection[str]) -> list[Finding]:
    """Return what the loaded conversions and rates contradict, what the last run lacked of them, and unused words."""
    found: list[tuple[Kind, Callable[[duckdb.DuckDBPyConnection], Iterable[Problem]]]] = [
        ("contradiction", contradictions),
        ("unconverted", unconverted),
        ("unused-words", partial(unused_words, workspace=workspace)),
    ]
    return [
        finding_of(problem, kind=kind, severity="warning")
        for kind, look in found
        if kind not in ignore
        for problem in look(connection)
    ]


def read_rule_files(files: Sequence[Path], *folders: Path) -> dict[str, str]:
    """Read rule files from anywhere, and the calendars they name from the same folders, else from `folders`.

    Raises:
        RuleError: with every file that cannot be read as UTF-8.
    """
    todo = "name a rule file in UTF-8 that you may read"
    texts, problems = read_texts({str(path): path for path in files}, todo)
    if problems:
        raise RuleError(*problems)
    beside = dict.fromkeys(path.parent for path in files)
    return {**texts, **calendars_beside(texts, [*beside, *folders])}


def _mistakes(problems: Iterable[Problem], kind: Kind) -> list[Finding]:
    return [finding_of(problem, kind=kind, severity="error") for problem in problems]


def _row(program: Program) -> dict[str, object]:
    return {
        "program": program.id,
        "file": program.file,
        "calendar": program.calendar,
        "from": program.effective.start,
        "to": program.effective.end,
        "currency": program.currency,
        "rebates": len(program.rebates),
        "tests": len(program.tests),
    }


def _table(name: str, title: str, findings: Sequence[Finding]) -> Table:
    """Return findings as a table: places as text to click on, and for programs file, line and column apart."""
    shown = [(str(finding.at), finding.kind, finding.found, finding.todo) for finding in findings]
    records = [
        {**asdict(finding.at), "kind": finding.kind, "found": finding.found, "todo": finding.todo}
        for finding in findings
    ]
    return Table(name, title, pl.DataFrame(shown, SHOWN, orient="row"), records)


def _known(workspace: Workspace, programs: Sequence[Program]) -> Columns:
    with connect(workspace, read_only=True) as connection:
        known = known_values(connection, programs)
        return {**known, "visit_kpis": {"kpi": values_of(connection, "visit_kpis", "kpi")}}
