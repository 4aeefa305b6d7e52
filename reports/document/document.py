"""The document of a statement: what its page says, as the template of the typesetter takes it."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup

from reports.document.annex import annex_view, numbered_lists
from reports.document.rebates import program_view, rebate_widths
from reports.page.colours import Palette
from reports.page.page import read_resource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

TEMPLATE = "statement.typ"

UNUSED = {"programs", "lines", "account_file"}
"""Parts of a view that a document has in another form, or not at all."""


@dataclass(frozen=True)
class Sheet:
    """What all documents of a run share: its day, the brand's colour, its logo (a file beside the template, or "")."""

    issued_on: date
    colour: str
    logo: str = ""
    paper: Literal["a4", "us-letter"] = "a4"


def template() -> bytes:
    """Return the template of the typesetter, a file of its own for it."""
    return read_resource(TEMPLATE).encode()


def document_data(view: Mapping[str, Any], sheet: Sheet) -> str:
    """Return the document of a statement's view as JSON: the same for the same view, whatever else is made.

    `view`: see reports.statement.view, made with cells. What takes many pages is shorter than there: each rebate is a
    table of its periods, and transactions stand once, in an annex, or else in the file beside the document.
    """
    palette, day = Palette(sheet.colour), sheet.issued_on
    numbers = numbered_lists(view["programs"])
    programs = [program_view(program, numbers) for program in view["programs"]]
    document = _plain({name: each for name, each in view.items() if name not in UNUSED}) | {
        "programs": _plain(programs),
        "amount_widths": rebate_widths(programs),
        "annex": _plain(annex_view(view["programs"], numbers, view["labels"]["counts_for"])),
        "colours": palette.colours,
        "issued": {"year": day.year, "month": day.month, "day": day.day},
        "paper": sheet.paper,
    }
    document["brand"]["logo"] = sheet.logo
    return json.dumps(document, ensure_ascii=False)


def place_of(data: str, text: str) -> str:
    """Return the whole text of the document `data` in which `text` stands; `text` itself if it is in none."""
    return next((whole for whole in _texts(json.loads(data)) if text in whole), text)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a view holds texts, numbers, lists and mappings
    """Return a part of a view without its HTML, and without characters that nobody sees."""
    if isinstance(value, str):
        return str(value) if value.isascii() else _visible(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if not isinstance(each, Markup)}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _visible(text: str) -> str:
    """Return a text without format characters: a direction mark would turn a name, or an amount, around."""
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - see _plain
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in _texts(each)]
