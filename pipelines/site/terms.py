"""The terms of the programs a payee takes part in, without what names other partners."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pipelines.authoring.agreement_values import agreement_of
from reports.agreement.text import agreement_document
from reports.page.language import Language
from rules.money import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import duckdb

    from reports.agreement.agreement import Agreement, Document, Vocabulary
    from rules.language.model import Program

TAKES_PART = "SELECT DISTINCT payee_id, program FROM work.entitlements ORDER BY ALL"


PRODUCTS = "SELECT product_id, name FROM work.product_names"


class _Written(NamedTuple):
    """An agreement in words, and the members that each sentence with any names."""

    document: Document
    naming: Mapping[str, set[str]]


class Terms:
    """The agreements of all programs in words, read once a language."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        programs: Sequence[Program],
        names: Mapping[str, str],
        vocabulary: Vocabulary,
    ) -> None:
        """Keep the programs of every payee, the `names` of all members by id, and those of products."""
        self._vocabulary = vocabulary
        self._names = {
            **dict.fromkeys(("member_id", "parent_id", "payee_id"), names),
            "product_id": dict(connection.execute(PRODUCTS).fetchall()),
        }
        self._programs = {program.id: program for program in programs}
        self._owners: dict[str, set[str]] = {}
        for member, name in names.items():
            for text in {member, name or member}:
                self._owners.setdefault(text, set()).add(member)
        self._of: dict[str, list[str]] = {}
        for payee, program in connection.execute(TAKES_PART).fetchall():
            self._of.setdefault(payee, []).append(program)
        self._written: dict[tuple[str, str], _Written] = {}

    def of(self, payee_id: str, members: Collection[str], tag: str) -> list[Document]:
        """Return the documents for a payee; sentences that name a member other than its own `members` are left out."""
        known = [self._programs[name] for name in self._of.get(payee_id, ()) if name in self._programs]
        return [_without_others(self._document(program, tag), {payee_id, *members}) for program in known]

    def _document(self, program: Program, tag: str) -> _Written:
        key = program.id, tag
        if key not in self._written:
            agreement = replace(agreement_of(program), names=self._names, vocabulary=self._vocabulary)
            document = agreement_document(agreement, Language(tag, MINOR_UNITS))
            self._written[key] = _Written(document, dict(_naming(document, self._named_by(agreement))))
        return self._written[key]

    def _named_by(self, agreement: Agreement) -> dict[str, set[str]]:
        """Return the ids and names of members that the filters of a program name, each with whom it stands for."""
        selections = [agreement.members, *(rebate.members for rebate in agreement.rebates)]
        entries = [entry for each in selections for entry in (*(each.include or ()), *each.exclude)]
        values = {value for entry in entries for values in entry.values() for value in values}
        return {value: self._owners[value] for value in values if value in self._owners}


def _naming(document: Document, named: Mapping[str, set[str]]) -> Iterator[tuple[str, set[str]]]:
    """Yield the sentences that name members, with these."""
    for section in document.sections:
        for sentence in (section.lead, *section.sentences):
            members = [
                owners for text, owners in named.items() if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", sentence)
            ]
            if members:
                yield sentence, set().union(*members)


def _without_others(written: _Written, own: set[str]) -> Document:
    """Return a document without the sentences that name other members."""
    if not written.naming:
        return written.document

    def is_for(sentence: str) -> bool:
        return written.naming.get(sentence, own) <= own

    sections = [
        replace(
            section,
            lead=section.lead if is_for(section.lead) else "",
            sentences=list(filter(is_for, section.sentences)),
        )
        for section in written.document.sections
    ]
    return replace(written.document, sections=sections)
