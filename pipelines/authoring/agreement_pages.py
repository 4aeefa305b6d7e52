"""Agreement pages: a rule file in plain sentences, for the partner to read and sign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.authoring.agreement_values import agreement_of, vocabulary_of
from pipelines.authoring.check import read_rule_files
from pipelines.publish.presentation import brand_with_logo
from pipelines.workspace.files import refuse_other_kind, write_whole
from reports.agreement.documents import document_markdown, document_page
from reports.agreement.text import agreement_document
from reports.page.language import LANGUAGES, Language
from rules.loading.load import read_programs
from rules.money import MINOR_UNITS
from schemas.errors import Place, Problem, RuleError

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace
    from reports.agreement.agreement import Document


def terms_document(file: Path, tag: str, workspace: Workspace | None = None) -> Document:
    """Return the rule file as a document in a language, en, de or ja, in the words of a workspace where there is one.

    Raises:
        RuleError: the file cannot be accepted, or there is no such language.
    """
    if tag not in LANGUAGES:
        found, todo = f"there are no words for the language {tag!r}", f"use one of: {', '.join(LANGUAGES)}"
        raise RuleError(Problem(found, todo))
    programs = read_programs(read_rule_files([file]))
    if not programs:
        todo = "name the rule file of a program"
        raise RuleError(Problem("there is no program in this file, only a calendar", todo, at=Place(str(file))))
    agreement = agreement_of(programs[0])
    if workspace is not None:
        agreement = replace(agreement, vocabulary=vocabulary_of(workspace))
    return agreement_document(agreement, Language(tag, MINOR_UNITS))


def write_page(document: Document, target: Path, workspace: Workspace) -> None:
    """Write `document` as an HTML page in the colours of the workspace.

    Raises:
        StorageError: the file cannot be written.
        TerminalError: there is a file of another kind.
        WorkspaceError: the logo is not there, or no picture.
    """
    refuse_other_kind(target, ".html", ".htm")
    write_whole(target, document_page(document, brand_with_logo(workspace)))


def write_markdown(document: Document, target: Path) -> None:
    """Write `document` as Markdown.

    Raises:
        StorageError: the file cannot be written.
        TerminalError: there is a file of another kind.
    """
    refuse_other_kind(target, ".md")
    write_whole(target, document_markdown(document).encode())
