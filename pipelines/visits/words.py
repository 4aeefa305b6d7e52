"""The words about visits: plain English for terminals and JSON, the languages of people for their files."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from pipelines.books.payout_files import read_wordings
from pipelines.warehouse.connection import connect
from reports.page.language import SOURCE, Language, language_of
from reports.visits.words import Words
from rules.money import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipelines.books.runs import OpenRun
    from pipelines.workspace.configuration import Workspace
    from rules.visits.template import Template

PLAIN = Words(Language(SOURCE, MINOR_UNITS), is_plain=True)
"""For terminals and JSON: English, and everything else as extracts write it."""


def plain_words(workspace: Workspace) -> Words:
    """Return the words for files of data: the language of the workspace, and everything else as extracts write it."""
    return Words(language_of(workspace.config.language, MINOR_UNITS), is_plain=True)


def words_of(templates: Iterable[Template], tag: str, names: Mapping[str, str] = MappingProxyType({})) -> Words:
    """Return the words for people who speak a language, with the titles of templates in it, and `names` by id."""
    language = language_of(tag, MINOR_UNITS)
    titles: dict[str, str] = dict(names)
    for template in templates:
        titles[template.id] = template.title.text(language.tag)
        titles |= {each.id: each.title.text(language.tag) for each in template.indicators}
        # Visit systems know tasks by what they were called when they were planned.
        titles |= {each.title.text(SOURCE): each.title.text(language.tag) for each in template.tasks}
    return Words(language, titles)


def rebate_titles(workspace: Workspace, run: OpenRun, tag: str) -> dict[str, str]:
    """Return what the rebates that a run knew are called in a language, by program/rebate."""
    with connect(workspace, read_only=True) as connection:
        programs = read_wordings(connection, run)
    return {
        f"{program.id}/{name}": (rebate.title or program.title).text(language_of(tag, MINOR_UNITS).tag)
        for program in programs
        for name, rebate in program.rebates.items()
    }


def full_names(names: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Return by id what members or reps are called: their name and the id, where they have a name."""
    return {each: f"{name} ({each})" for each, name in names if name}
