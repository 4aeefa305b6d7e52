"""The files of statements: a page per payee, and beside it what may be too much for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.publish.counted import Part, chunks_of, filed_readers, name_figures, read_chunk, read_lines
from pipelines.publish.statement_data import batch_numbers, in_batches, statement_frames
from reports.statement.entries_file import entries_files
from reports.statement.paths import account_path, rebates_path, transactions_path
from reports.statement.position import FULL
from reports.statement.rebates_file import has_file, rebates_files
from reports.statement.statement import get_ready, statements
from reports.statement.transactions_file import COLUMNS, names_of, render_transactions, transaction_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.publish.draft import Draft
    from pipelines.publish.gathered import Statements
    from pipelines.warehouse.background import Background
    from reports.statement.statement_data import Issue, StatementFrames

BATCH = 100
"""Payees whose lines are in memory at a time."""

ROWS = 200_000
"""Transactions of the files beside statements that are in memory at a time."""


def write_statements(draft: Draft, reading: Background, books: Statements, issue: Issue) -> Iterator[int]:
    """Write the statements, a batch of payees at a time; yields how many payees each batch had.

    `reading` has on its connection what pipelines.publish.counted left there.
    """
    get_ready(books.frames, issue)
    numbers = batch_numbers(books.frames.payees, BATCH)
    parts = [Part.of(details) for details in in_batches(books.details, numbers)]
    lines_of_batches = reading.one_ahead(read_lines, parts)
    for batch, lines in zip(statement_frames(books.frames, numbers), lines_of_batches, strict=True):
        _write_beside(draft, batch, issue)
        for made in statements(books.listed(batch, lines), issue):
            draft.write(made.path, made.content, rows=made.lines, totals=made.totals, payee_id=made.payee_id)
        yield batch.payees.height
    for payee_id, part in _transactions(reading, books, issue):
        path = transactions_path(payee_id)
        draft.add_part(path, render_transactions(part, with_header=not draft.has_part(path)), rows=part.height)
    draft.end_parts()


def _write_beside(draft: Draft, batch: StatementFrames, issue: Issue) -> None:
    """Write the entries of each account, and the positions of which a page has only a line for several."""
    for file in entries_files(batch.entries, issue.digits):
        draft.write(account_path(file.about), file.content, rows=file.rows, totals={})
    lines = batch.positions.filter(pl.col("form") != FULL).filter(has_file())
    for file in rebates_files(lines, issue.digits):
        draft.write(rebates_path(file.about), file.content, rows=file.rows, totals={})


def _transactions(reading: Background, books: Statements, issue: Issue) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the cells of every transaction of payees that have a file, some of a payee at a time and in their order."""
    filed = filed_readers(books.frames.positions, books.details)
    payees = dict(filed.select("reader", "payee_id").iter_rows())
    reading.ask(name_figures, names_of(books.frames.positions))
    chunks = reading.ask(chunks_of, filed, ROWS).result()
    for rows in reading.one_ahead(read_chunk, chunks):
        cells = transaction_cells(rows, issue.digits).select("reader", *COLUMNS)
        parts = cells.partition_by("reader", maintain_order=True, include_key=False, as_dict=True)
        yield from ((payees[reader], part) for (reader,), part in parts.items())
