"""Tables that a command shows, written as one page in the colours of the workspace."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from pipelines.publish.presentation import brand_of
from pipelines.workspace.files import refuse_other_kind, write_whole
from reports.page.language import SOURCE, Language
from reports.page.tables import ENGLISH, TableView, tables_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from pipelines.console.tables import Table
    from pipelines.workspace.configuration import Workspace


def write_tables(
    tables: Iterable[Table],
    target: Path,
    workspace: Workspace,
    *,
    title: str,
    lead: Sequence[str],
    language: Language = ENGLISH,
) -> None:
    """Write `tables` as one HTML page; for `language` see `tables_bytes`.

    Raises:
        StorageError: the disk is full or may not be written.
        TerminalError: there is no such folder, or a file of another kind.
    """
    refuse_other_kind(target, ".html", ".htm")
    write_whole(target, tables_bytes(tables, workspace, title=title, lead=lead, language=language))


def tables_bytes(
    tables: Iterable[Table],
    workspace: Workspace,
    *,
    title: str,
    lead: Sequence[str],
    language: Language = ENGLISH,
) -> bytes:
    """Return `tables` as one HTML page; names of columns, days and figures are written in `language`."""
    views = [TableView(table.title, table.frame.columns, table.numeric, _texts(table, language)) for table in tables]
    return tables_page(title, lead, views, brand_of(workspace), language)


def _texts(table: Table, language: Language) -> list[list[str]]:
    """Return the cells of a table in a language; days stay as they are in English, for staff who search for them."""
    rows, schema = table.texts(), table.frame.schema
    if language.tag == SOURCE:
        return rows
    written = [_written(name, schema[name], language) for name in table.columns]
    return [[write(text) if text else text for write, text in zip(written, row, strict=True)] for row in rows]


def _written(name: str, kind: pl.DataType, language: Language) -> Callable[[str], str]:
    if kind.is_numeric():
        return language.marked
    if kind == pl.Date:
        return lambda text: language.day(date.fromisoformat(text))
    return language.period if name in {"period", "payout_period"} else str
