"""Markdown as the pages are written in: a head that says where a page comes from, and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def page(title: str, source: str, *sections: str) -> str:
    """Return a page: its title, the note that it is made from `source`, and its sections, an empty line between."""
    note = f"<!-- Made by `make reference` from {source}: change that, not this page. -->"
    return "\n\n".join((f"# {title}", note, *(section.strip() for section in sections))) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar within a cell is escaped."""
    return "\n".join(_row(cells) for cells in (head, ["---"] * len(head), *rows))


def code(text: str) -> str:
    """Return `text` as code; empty text stays empty."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Return several texts as code, with commas between."""
    return ", ".join(code(text) for text in texts)


def sentence(text: str) -> str:
    """Return `text` with a capital at its beginning and a full stop at its end."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
