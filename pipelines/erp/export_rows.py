"""The rows of an export: each payout with its payee, bank account, attempt and lines, as the warehouse has them now."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.appendix import lost_names
from pipelines.books.bank_accounts import read_accounts
from pipelines.books.payees import read_payees
from pipelines.books.payout_files import clauses_of
from pipelines.books.runs import current_run
from pipelines.warehouse.frames import read, registered
from reports.erp.batch import Batched, check_totals
from reports.erp.payouts import payout_lines, payout_rows, with_attempt
from rules.loading.load import read_programs
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    import duckdb

    from pipelines.books.runs import OpenRun
    from rules.language.model import Program

APPROVED = """
    SELECT p.*,
        1 + (SELECT COUNT(*) FROM batch_payouts AS b WHERE b.payout_id = p.payout_id)::INTEGER AS attempt
    FROM payouts AS p
    WHERE p.status = 'approved' AND p.kind = 'payout' AND p.amount > 0
    ORDER BY p.payee_id, p.currency, p.payout_id
"""
"""Payouts that wait to be exported; earlier attempts were all refused, or they would not be approved again."""

OF_WHOM = """
    SELECT DISTINCT p.payout_id
    FROM payouts AS p
    JOIN payout_lines AS n ON n.payout_id = p.payout_id AND n.until_run IS NULL
    JOIN ledger AS l USING (seq)
    WHERE p.payee_id = COALESCE($1, p.payee_id) AND l.program = COALESCE($2, l.program)
"""
"""The payouts of a payee, or that hold a posting of a program; a parameter that is NULL asks for all."""

POSTINGS = """
    SELECT l.*, n.payout_id
    FROM ledger AS l
    JOIN payout_lines AS n ON n.seq = l.seq AND n.until_run IS NULL
    JOIN wanted AS w ON w.payout_id = n.payout_id
"""
"""The postings of the payouts to be exported."""

WORDINGS = """
    SELECT program, text
    FROM (SELECT program, ARG_MAX(rule_version, seq) AS rule_version FROM postings GROUP BY program)
    JOIN rule_versions USING (program, rule_version)
    ORDER BY program
"""
"""The latest wording by which the lines of an export were posted, per program."""


def read_approved(
    connection: duckdb.DuckDBPyConnection, *, payee: str | None = None, program: str | None = None
) -> pl.DataFrame:
    """Return the payouts that wait to be exported, with the number of the coming attempt: all, or those asked for.

    Raises:
        BooksError: no payout there is, approved or not, is of that payee and program.
    """
    if payee is None and program is None:
        return read(connection, APPROVED)
    wanted = read(connection, OF_WHOM, [payee, program])
    if wanted.is_empty():
        of_whom = " and ".join(f"{name} {value!r}" for name, value in (("payee", payee), ("program", program)) if value)
        raise BooksError(Problem(f"there is no payout of {of_whom}", "`rebatch payouts` lists what there is"))
    return read(connection, APPROVED).join(wanted, on="payout_id", how="semi", maintain_order="left")


def known_on(connection: duckdb.DuckDBPyConnection, day: date) -> OpenRun:
    """Return the last run as if it had been of `day`: what it knew, and the rows that are valid on that day."""
    return replace(current_run(connection), as_of=day)


def read_content(connection: duckdb.DuckDBPyConnection, approved: pl.DataFrame, *, exported_on: date) -> Batched:
    """Return the rows of an export of `approved`; payees are those valid on the day of the export.

    The same payouts on the same day have the same batch id, but for one that a restored backup does not know.

    Raises:
        InvariantError: a payout is not the sum of its lines.
    """
    on_the_day = known_on(connection, exported_on)
    payees = read_payees(connection, on_the_day)
    postings = _postings(connection, approved)
    lines = payout_lines(postings, clauses_of(_programs(connection, postings)))
    batch_id = _batch_id(approved, exported_on, lost_names(connection, "batch"))
    attempts = with_attempt(approved.select("payout_id", "attempt", "due_on"), batch_id, exported_on)
    payouts = payout_rows(approved, lines, payees).drop("document_id").join(attempts.drop("due_on"), on="payout_id")
    named = lines.drop("document_id").join(attempts, on="payout_id").join(payees, on="payee_id", how="left")
    accounts = payouts.join(read_accounts(connection, on_the_day), on="payee_id", how="left")
    order = ["payee_id", "currency", "payout_id"]
    batched = Batched(batch_id, exported_on, payouts.sort(order), named.sort(*order, "line"), accounts.sort(order))
    # Before anything is rendered: a payout that is not the sum of its lines must not leave.
    check_totals(batched)
    return batched


def _batch_id(approved: pl.DataFrame, exported_on: date, taken: Collection[str]) -> str:
    """Return the batch id: the day and a hash of payouts, attempts and amounts; none of those `taken` before."""
    # Amounts as text and rows sorted: the id must depend on neither float formatting nor row order.
    rows = approved.select("payout_id", "attempt", pl.col("amount").cast(pl.String)).sort("payout_id").rows()
    ids = (f"{exported_on}-{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]}" for said in _ever_more(rows))
    return next(batch_id for batch_id in ids if batch_id not in taken)


def _ever_more(rows: list[tuple[object, ...]]) -> Iterator[list[object]]:
    # The same payouts may have left on the same day before an older backup was put back: that batch is another one.
    yield list(rows)
    yield from ([*rows, number] for number in count(2))


def _postings(connection: duckdb.DuckDBPyConnection, approved: pl.DataFrame) -> pl.DataFrame:
    with registered(connection, wanted=approved.select("payout_id")):
        return read(connection, POSTINGS)


def _programs(connection: duckdb.DuckDBPyConnection, postings: pl.DataFrame) -> tuple[Program, ...]:
    with registered(connection, postings=postings.select("program", "rule_version", "seq")):
        texts = connection.execute(WORDINGS).fetchall()
    return read_programs({f"{program}.yaml": text for program, text in texts})
