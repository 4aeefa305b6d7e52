"""An agreement in words as a text for the terminal, as Markdown, and as a page to print and sign."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from reports.page.page import render_page

if TYPE_CHECKING:
    from reports.agreement.agreement import Document
    from reports.page.brand import Brand

_MARKUP = re.compile(r"([\\`*_\[\]<>#|~&])")
_RULE = "─"


def document_text(document: Document) -> str:
    """Return the document as plain text: one sentence per line, whatever the width of the terminal."""
    lines = [document.title, _RULE * _width(document.title), *document.lead]
    for section in document.sections:
        lines += ["", section.heading, _RULE * _width(section.heading), *([section.lead] if section.lead else [])]
        lines += [f"- {sentence}" for sentence in section.sentences]
        if section.examples:
            lines += ["", f"{section.examples_heading}:", *(f"- {sentence}" for sentence in section.examples)]
    return "\n".join(lines) + "\n"


def document_markdown(document: Document) -> str:
    """Return the document as Markdown, with every character of its texts that Markdown would interpret escaped."""
    blocks = [f"# {_plain(document.title)}", "  \n".join(map(_plain, document.lead))]
    for section in document.sections:
        blocks.append(f"## {_plain(section.heading)}")
        blocks += [_plain(section.lead)] if section.lead else []
        blocks.append("\n".join(f"- {_plain(sentence)}" for sentence in section.sentences))
        if section.examples:
            blocks.append(f"### {_plain(section.examples_heading)}")
            blocks.append("\n".join(f"- {_plain(sentence)}" for sentence in section.examples))
    return "\n\n".join(blocks) + "\n"


def document_page(document: Document, brand: Brand) -> bytes:
    """Return the document as an HTML page with room for two signatures."""
    return render_page("terms.html.j2", ("statement.css", "terms.css"), brand.colour, d=document, brand=brand)


def _plain(text: str) -> str:
    """Return a text with the characters of Markdown escaped."""
    return _MARKUP.sub(r"\\\1", text)


def _width(text: str) -> int:
    """Return the width of a text in columns: East Asian characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
