"""Names and texts as SQL takes them for what they are, whatever is in them."""

from __future__ import annotations


def quoted(name: str) -> str:
    """Write a name so that SQL takes it for a name, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a text so that SQL takes it for a text, whatever is in it."""
    return "'" + text.replace("'", "''") + "'"
