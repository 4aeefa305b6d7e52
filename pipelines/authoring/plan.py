"""Plan: what the current rules would post, before anything is posted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from pipelines.authoring.planned_run import RUNNING, compute
from pipelines.books.runs import Run
from pipelines.calculation.rule_files import load_programs, normal_filters
from pipelines.console.tables import Table
from pipelines.intake.extract import extract
from pipelines.intake.stage import stage
from pipelines.publish.tables_file import write_tables
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import has_work, read
from pipelines.warehouse.scratch import rehearsal
from pipelines.workspace.normal_text import normal_id, normal_program
from reports.page.plan import plan_lead, plan_titles, plan_wordings, reason_of_posting
from reports.page.postings import kinds_of_postings
from rules.ledger.planned_changes import Compared, planned_changes
from rules.loading.load import read_programs
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

    from pipelines.authoring.planned_run import Computed
    from pipelines.workspace.configuration import Workspace
    from reports.page.language import Language
    from rules.ledger.planned_changes import PlannedChanges

MOST_SHOWN = 25
"""Members whose change is shown in a terminal; JSON and HTML have all of them."""

LAST_RUN = """
    SELECT as_of, load_seq, rule_versions FROM runs WHERE state <> 'computing' ORDER BY run_seq DESC LIMIT 1
"""
"""The last posted run: its day, what it had loaded, and its rule versions."""


@dataclass(frozen=True)
class Posted:
    """The books as the last run left them: its day, what it had loaded, its rule texts by file name, and versions."""

    as_of: date
    load_seq: int
    texts: Mapping[str, str]
    versions: Mapping[str, str]
    ledger: pl.DataFrame
    running: pl.DataFrame


@dataclass(frozen=True)
class Plan:
    """What a run as of a day would change in books that stand at another; see rules.ledger.planned_changes."""

    as_of: date
    posted_as_of: date
    changes: PlannedChanges

    def tables(self, most: int | None = None) -> list[Table]:
        """Return totals, programs, members (the `most` largest changes) and every single change."""
        members = self.changes.members
        shown = members if most is None else members.head(most)
        cut = "" if shown.height == members.height else f", the {shown.height} largest of {members.height}"
        every = Table("changes", "What would be posted", self.changes.lines)
        return [
            Table("totals", "In all, per currency", self.changes.totals),
            Table("programs", "By program", self.changes.programs),
            Table("members", f"By member{cut}", shown),
            *([every] if most is None else []),
            Table("moves", "Moved between payouts", self.changes.moves),
            Table("running", "Periods still running: not posted yet", self.changes.running),
        ]


def plan(
    workspace: Workspace,
    as_of: date | None = None,
    *,
    member: str | None = None,
    program: str | None = None,
    with_extracts: bool = False,
) -> Plan:
    """Return what a run as of `as_of` would post by the rule files as they are now, computed on a scratch copy.

    `as_of` defaults to the day of the last run. `member` and `program` narrow what is returned. The workspace's books
    are not touched; extracts not loaded yet are seen only `with_extracts`, and are not loaded by it.

    Raises:
        RuleError: a rule file cannot be accepted.
        BooksError: nothing was run yet, or a run of these rules on this day would be refused.
        ExtractError: one of the extracts would be refused.
        WorkspaceBusyError: a run holds the workspace.
    """
    if with_extracts:
        with rehearsal(workspace) as copy:
            for load in (extract, stage):
                load(copy, Run(as_of or date.max))  # the day does not matter to them
            return plan(copy, as_of, member=member, program=program)
    with connect(workspace, read_only=True) as connection:
        posted = _posted(connection)
    now = load_programs(workspace)
    day = as_of or posted.as_of
    planned = compute(workspace, now, day)
    was, is_now = posted.versions, {program.id: program.version for program in now}
    # On new data or a later day the posted wording would change amounts too: that is not an effect of the new one.
    has_moved = planned.load_seq != posted.load_seq or day != posted.as_of
    unedited = planned if was == is_now else _as_worded(workspace, posted.texts, day) if has_moved else None
    compared = Compared(
        proposed=planned.postings,
        unedited=unedited.postings if unedited else None,
        ledger=posted.ledger,
        was_running=posted.running,
        running=planned.running,
        wordings=(was, is_now),
    )
    chosen = compared.narrowed(
        member=None if member is None else normal_id(member, workspace.config.ids),
        program=None if program is None else normal_program(program),
    )
    return Plan(day, posted.as_of, planned_changes(chosen))


def write_plan(made: Plan, target: Path, workspace: Workspace, language: Language) -> None:
    """Write all changes of a plan as one HTML page, in a language and in the colours of the workspace.

    Raises:
        StorageError: the disk is full or may not be written.
        TerminalError: there is no such folder, or a file of another kind.
    """
    titles = plan_titles(language)
    said = replace(made, changes=_in_words(made.changes, language))
    tables = [replace(table, title=titles[table.name]) for table in said.tables()]
    lead = plan_lead(language, made.as_of, made.posted_as_of)
    write_tables(tables, target, workspace, title=titles["page"], lead=lead, language=language)


def _in_words(changes: PlannedChanges, language: Language) -> PlannedChanges:
    """Return the changes with what are codes or English sentences in the words of a language."""
    kind = pl.col("kind").replace(kinds_of_postings(language))
    lines, moves = (_with_reasons(frame, language).with_columns(kind) for frame in (changes.lines, changes.moves))
    wording = pl.col("wording").replace(plan_wordings(language))
    return replace(changes, programs=changes.programs.with_columns(wording), lines=lines, moves=moves)


def _with_reasons(postings: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return postings with their reasons in a language; each is written once, however many there are of it."""
    known = postings.select("reason", "currency").unique().drop_nulls("reason")
    texts = [reason_of_posting(reason, currency, language) for reason, currency in known.iter_rows()]
    said = known.with_columns(said=pl.Series(texts, dtype=pl.String))
    found = postings.join(said, on=["reason", "currency"], how="left", maintain_order="left")
    return found.with_columns(reason="said").drop("said")


def _posted(connection: duckdb.DuckDBPyConnection) -> Posted:
    found = connection.execute(LAST_RUN).fetchall()
    if not found:
        todo = "`rebatch run` first: a plan compares with what it posts"
        raise BooksError(Problem("nothing has been posted in this workspace yet", todo))
    if not has_work(connection, "entitlements"):
        todo = "`rebatch run` first: it computes anew what a plan compares with"
        raise BooksError(Problem("this workspace was last run by an older Rebatch", todo))
    as_of, load_seq, versions = found[0]
    wordings = "SELECT {} FROM rule_versions WHERE LIST_CONTAINS(?, rule_version) ORDER BY file"
    texts, by_program = (
        dict(connection.execute(wordings.format(columns), [versions]).fetchall())
        for columns in ("file, text", "program, rule_version")
    )
    return Posted(
        as_of,
        load_seq,
        texts,
        by_program,
        read(connection, "SELECT * FROM ledger ORDER BY seq"),
        read(connection, RUNNING),
    )


def _as_worded(workspace: Workspace, texts: Mapping[str, str], day: date) -> Computed:
    """Return what a run of the programs in `texts`, by file name, would post."""
    return compute(workspace, normal_filters(workspace, read_programs(texts)), day)
