"""Tables on one page, for staff: what a command shows in the terminal, in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.page.language import SOURCE, Language
from reports.page.page import render_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.page.brand import Brand


ENGLISH = Language(SOURCE, {})

SHORT, LONG = 16, 40
"""Signs of a cell up to which it stays on one line, and from which on it gets room of its own."""


@dataclass(frozen=True)
class TableView:
    """A table as shown: its title, the names of its columns, which of them hold figures, and its cells."""

    title: str
    names: Sequence[str]
    is_figure: Sequence[bool]
    rows: Sequence[Sequence[str]]


def tables_page(
    title: str, lead: Sequence[str], tables: Sequence[TableView], brand: Brand, language: Language = ENGLISH
) -> bytes:
    """Return an HTML page of `tables`: no script, nothing loaded, the same bytes for the same tables."""
    view = [
        {
            "title": table.title,
            "columns": [
                {"name": language.term("column", name).replace("_", " "), "is_figure": is_figure}
                for name, is_figure in zip(table.names, table.is_figure, strict=True)
            ],
            "rows": [
                [
                    {"text": text, "is_figure": is_figure, "is_long": len(text) > LONG, "is_text": len(text) > SHORT}
                    for text, is_figure in zip(row, table.is_figure, strict=True)
                ]
                for row in table.rows
            ],
        }
        for table in tables
    ]
    return render_page(
        "tables.html.j2",
        ("statement.css", "tables.css"),
        brand.colour,
        title=title,
        lead=lead,
        lang=language.tag,
        nothing=language.text("None."),
        tables=view,
        brand=brand,
    )
