"""Simulate: what proposed rules would have cost on the history that is loaded, against those of today."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from pipelines.authoring.check import read_rule_files
from pipelines.books.runs import Run, current_run, open_run
from pipelines.calculation.aggregate import scan
from pipelines.calculation.rate import rate
from pipelines.calculation.rule_files import load_programs, normal_filters
from pipelines.console.tables import Table
from pipelines.publish.tables_file import write_tables
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, with_arrow
from pipelines.warehouse.parsed import run_script
from pipelines.warehouse.scratch import scratch
from pipelines.warehouse.sql_files import read_sql
from reports.page.simulation import lead_of, titles_of_tables, wordings
from rules.authoring.simulation import moved_back, simulation, years_back
from rules.loading.load import read_programs
from schemas.errors import BooksError, Place, Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace
    from reports.page.language import Language
    from rules.authoring.simulation import Simulation
    from rules.language.model import Program

PAID_SQL = read_sql("authoring", "history_paid")
MOVED_SQL = read_sql("authoring", "moved")
MOST_SHOWN = 25
"""Members whose change is shown in a terminal; JSON and HTML have all of them."""


@dataclass(frozen=True)
class History:
    """The year that is simulated, and the day up to which its transactions are known: that of the last run."""

    year: int
    through: date

    @property
    def days(self) -> tuple[date, date]:
        """Return the first and the last day of the year."""
        return date(self.year, 1, 1), date(self.year, 12, 31)

    @property
    def words(self) -> str:
        """Return the year, and how far it has come if it is not over."""
        return f"{self.year} up to {self.through}" if self.through < self.days[1] else str(self.year)


@dataclass(frozen=True)
class Simulated:
    """A simulation: the history, the programs that were compared, and what came out."""

    history: History
    programs: pl.DataFrame
    found: Simulation

    def tables(self, most: int | None = None) -> list[Table]:
        """Return totals, programs, rebates, tiers, and the members that win and lose, `most` of each."""
        members = self.found.members
        won, lost = (members.filter(pl.col("change") > 0), members.filter(pl.col("change") < 0))
        lost = lost.sort("currency", "change", "program", "member_id")
        return [
            Table("totals", f"On the history of {self.history.words}, per currency", self.found.totals),
            Table("programs", "What was compared", self.programs),
            Table("rebates", "By rebate", self.found.rebates),
            Table("tiers", "By tier reached", self.found.tiers),
            _cut("winners", won, most),
            _cut("losers", lost, most),
        ]


def simulate(workspace: Workspace, rules: Path, year: int | None = None) -> Simulated:
    """Return what the programs in `rules`, a file or folder, would have paid in a calendar year, against today's.

    `year` defaults to the one before the last run. Today's are the workspace's programs of the same ids; all others are
    left out. A program that does not hold in that year is moved to it by whole years, with its enrolments, targets and
    baselines. Both sides are computed on scratch copies from what is loaded, as of the last run.

    Raises:
        RuleError: a file cannot be accepted, or cannot be moved to that year.
        BooksError: nothing was run yet, or the year has not begun.
        WorkspaceBusyError: a run holds the workspace.
    """
    proposed = normal_filters(workspace, _read(rules, workspace))
    ids = {program.id for program in proposed}
    today = [program for program in load_programs(workspace) if program.id in ids]
    with connect(workspace, read_only=True) as connection:
        day = current_run(connection).as_of
    history = History(day.year - 1 if year is None else year, day)
    if history.days[0] > day:
        todo = f"name {day.year} or an earlier year"
        raise BooksError(Problem(f"{history.year} has not begun by the last run, of {day}", todo))
    paid = [_paid(workspace, programs, history) for programs in (today, proposed)]
    versions = {program.id: program.version for program in today}
    rows = [
        (
            program.id,
            "new"
            if program.id not in versions
            else "as it is"
            if versions[program.id] == program.version
            else "edited",
            years_back(program, history.year),
        )
        for program in proposed
    ]
    compared = pl.DataFrame(rows, {"program": pl.String, "wording": pl.String, "years_moved": pl.Int64}, orient="row")
    return Simulated(history, compared.sort("program"), simulation(*paid))


def write_simulation(made: Simulated, target: Path, workspace: Workspace, language: Language) -> None:
    """Write a simulation as one HTML page in the colours of the workspace.

    Raises:
        StorageError: the disk is full or may not be written.
        TerminalError: there is no such folder, or a file of another kind.
    """
    history, titles = made.history, titles_of_tables(language)
    through = history.through if history.through < history.days[1] else None
    wording = pl.col("wording").replace(wordings(language))
    said = replace(made, programs=made.programs.with_columns(wording))
    tables = [replace(table, title=titles[table.name]) for table in said.tables()]
    lead = lead_of(language, history.year, through)
    write_tables(tables, target, workspace, title=titles["page"], lead=lead, language=language)


def _read(rules: Path, workspace: Workspace) -> Sequence[Program]:
    files = sorted(rules.rglob("*.yaml")) if rules.is_dir() else [rules]
    programs = read_programs(read_rule_files(files, workspace.rules_dir))
    if not programs:
        todo = "name the rule file of a program, or a folder of them"
        raise RuleError(Problem("there is no program here", todo, at=Place(str(rules))))
    return programs


def _paid(workspace: Workspace, programs: Sequence[Program], history: History) -> pl.DataFrame:
    """Return what `programs` pay in the year: see sql/history_paid.sql."""
    years = {program.id: years_back(program, history.year) for program in programs}
    there = [moved_back(program, years[program.id]) for program in programs]
    with scratch(workspace) as copy:
        with connect(copy) as connection:
            moved = [(program, back) for program, back in years.items() if back]
            frame = pl.DataFrame(moved, {"program": pl.String, "years": pl.Int32}, orient="row")
            if moved:
                with_arrow(connection, frame, "CREATE TABLE moved AS SELECT * FROM incoming")
                run_script(connection, MOVED_SQL)
            scan(connection, there, open_run(connection, copy, there, history.through))
        rate(copy, Run(history.through))
        first, last = history.days
        with connect(copy, read_only=True) as connection:
            paid = read(connection, PAID_SQL, {"first": first, "last": last})
    return paid


def _cut(name: str, frame: pl.DataFrame, most: int | None) -> Table:
    shown = frame if most is None else frame.head(most)
    cut = "" if shown.height == frame.height else f", the first {shown.height} of {frame.height}"
    return Table(name, f"Who {'wins' if name == 'winners' else 'loses'}{cut}", shown)
