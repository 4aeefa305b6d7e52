"""Names and texts quoted for SQL, whatever characters they hold."""

from __future__ import annotations


def quoted(name: str) -> str:
    """Return `name` as an SQL identifier, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return `text` as an SQL string literal, whatever characters it holds."""
    return "'" + text.replace("'", "''") + "'"


def pattern(path: str) -> str:
    """Return `path` as the pattern that fits this path alone, where DuckDB takes a path for a pattern."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in path)
