"""The words about visits: plain English for terminals and JSON, the languages of people for their files."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from reports.page.language import SOURCE, Language, language_of
from reports.visits.words import Words
from rules.money import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def full_names(names: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Return by id what members or reps are called: their name and the id, where they have a name."""
    return {each: f"{name} ({each})" for each, name in names if name}
