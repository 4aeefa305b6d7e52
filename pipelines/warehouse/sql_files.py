"""The queries of a room: files in its folder `sql`, each runnable by hand."""

from __future__ import annotations

from importlib import resources


def read_sql(room: str, name: str) -> str:
    """Return the text of the query `name` of a room."""
    return resources.files(f"pipelines.{room}").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
