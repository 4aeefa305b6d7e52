"""Every part that a statement may have can be set, and says on paper what it says on the page."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from pipelines.documents.typesetter import Job, typeset
from reports.document.document import TEMPLATE, Sheet, document_data, template
from reports.statement.statement import Shown, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTS = ("accounts", "opportunities", "line_groups", "members", "payments", "programs", "excluded", "visits")
"""The parts of a statement."""
FAMILY = [{"name": "One & Sons", "id": "M-1", "postings": "2", "amount": "$1.25"}]
"""What members of a family have of the postings: no payee of the sample has one."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    (folder / TEMPLATE).write_bytes(template())
    return folder


def set_in(folder: Path, each: Shown) -> str:
    """Set a statement, without the characters that no font has, and return what it says without blanks."""
    data = document_data(each.view, Sheet(date(2026, 11, 23), "#0b5d4e", paper="us-letter")).replace("🚗", "car")
    target = folder / "one.pdf"
    done = typeset(Job(each.payee_id, data, target, folder))
    assert done.flaw == ""
    reader = PdfReader(target)
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [612, 792]
    return re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))


def amounts(value: Any) -> Iterator[str]:
    """The amounts of a part of a view."""
    if isinstance(value, dict):
        yield from (each for key, each in value.items() if key in {"amount", "total", "brings"})
        yield from (text for each in value.values() for text in amounts(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in amounts(each))


def test_all_parts_are_set_with_their_amounts(sample: Any, folder: Path) -> None:
    met = set()
    for one in shown(sample.frames, sample.issue):
        each = one._replace(view={**one.view, "members": FAMILY if one.view["line_groups"] else []})
        said = set_in(folder, each)
        for part in PARTS:
            found = list(amounts(each.view[part] or []))
            assert [text for text in found if re.sub(r"\s", "", text) not in said] == []
            if each.view[part]:
                met.add(part)
    assert met == set(PARTS)


def with_many(value: Any, count: int) -> Any:
    """A view in which every list of transactions is so long."""
    if isinstance(value, dict):
        changed = {key: with_many(each, count) for key, each in value.items()}
        if value.get("cells"):
            changed |= {"cells": [value["cells"][0]] * count, "entries": list(range(count))}
        return changed
    return [with_many(each, count) for each in value] if isinstance(value, list) else value


def test_a_document_does_not_grow_with_its_transactions(sample: Any, folder: Path) -> None:
    one = max(shown(sample.frames, sample.issue), key=lambda each: len(each.view["programs"]))
    sizes = []
    for each in (one, one._replace(view=with_many(one.view, 5_000))):
        set_in(folder, each)
        sizes.append((len(PdfReader(folder / "one.pdf").pages), (folder / "one.pdf").stat().st_size))
    (pages, size), (pages_of_many, size_of_many) = sizes
    assert pages_of_many <= pages <= 4
    assert size_of_many <= size < 130_000
