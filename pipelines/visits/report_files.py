"""The files of the visit report: a page for people, also for staff of the site, and a workbook for a spreadsheet."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pipelines.calculation.template_files import read_template_texts
from pipelines.publish.tables_file import tables_bytes
from pipelines.visits.report import visit_report
from pipelines.visits.words import PLAIN, rebate_titles, words_of
from pipelines.workspace.files import refuse_other_kind, write_whole
from reports.visits.report import correlation_note, report_lead, report_title
from reports.workbook.workbook import About, Sheet, render_workbook
from rules.money import MINOR_UNITS
from schemas.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipelines.visits.report import VisitReport
    from pipelines.workspace.configuration import Workspace
    from schemas.errors import Problem


def visit_report_page(workspace: Workspace) -> tuple[bytes | None, Sequence[Problem]]:
    """Return the page of the report for staff; None where there is no template, or where one has the mistakes returned.

    Raises:
        BooksError: nothing was computed yet.
    """
    try:
        if not read_template_texts(workspace):
            return None, ()
        return report_page(visit_report(workspace), workspace), ()
    except RuleError as error:
        return None, error.problems


def report_page(report: VisitReport, workspace: Workspace, tag: str = "") -> bytes:
    """Return the report as one HTML page in the colours of the workspace, in its language unless another is named."""
    spoken = tag or workspace.config.language
    words = words_of(report.templates, spoken, rebate_titles(workspace, report.run, spoken))
    language = words.language
    lead = [report_lead(workspace.config.name, language.day(report.as_of), language)]
    return tables_bytes(report.tables_in(words), workspace, title=report_title(language), lead=lead, language=language)


def write_html(report: VisitReport, target: Path, workspace: Workspace) -> None:
    """Write the report as one HTML page.

    Raises:
        TerminalError: there is a file of another kind.
        StorageError: the disk is full or may not be written.
    """
    refuse_other_kind(target, ".html", ".htm")
    write_whole(target, report_page(report, workspace))


def write_workbook(report: VisitReport, target: Path, workspace: Workspace) -> None:
    """Write the report as a workbook, a sheet a table.

    Raises:
        TerminalError: there is a file of another kind.
        StorageError: the disk is full or may not be written.
    """
    refuse_other_kind(target, ".xlsx")
    money = {"next_actions": ("at_stake",)}
    sheets = [
        Sheet(table.name.replace("_", " ").capitalize(), table.frame, money.get(table.name, ()))
        for table in report.tables
    ]
    about = About(
        {
            "Workspace": workspace.config.name,
            "As of": report.as_of.isoformat(),
            "Correlation": correlation_note(PLAIN.language),
        },
        report.as_of,
        MINOR_UNITS,
    )
    content = io.BytesIO()
    render_workbook(content, sheets, [], about)
    write_whole(target, content.getvalue())
