"""The rows of an export: each payout with its payee, bank account, attempt and lines, as the warehouse has them now."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.payees import read_as_payees, read_payees
from pipelines.books.payout_files import clauses_of
from pipelines.books.runs import current_run
from pipelines.warehouse.frames import read, registered
from pipelines.warehouse.quoting import quoted
from reports.erp.batch import Batched, check_totals
from reports.erp.payouts import payout_lines, payout_rows, with_attempt
from rules.loading.load import read_programs

if TYPE_CHECKING:
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

BANK_COLUMNS = ("iban", "bic", "account")
"""Extra columns of the members data set that hold a payee's bank account, as text."""


def read_approved(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the payouts that wait to be exported, with the number of the coming attempt."""
    return read(connection, APPROVED)


def read_content(connection: duckdb.DuckDBPyConnection, approved: pl.DataFrame, *, exported_on: date) -> Batched:
    """Return the rows of an export of `approved`; payees are those valid on the day of the export.

    The same payouts on the same day have the same batch id.

    Raises:
        InvariantError: a payout is not the sum of its lines.
    """
    on_the_day = replace(current_run(connection), as_of=exported_on)
    payees = read_payees(connection, on_the_day)
    postings = _postings(connection, approved)
    lines = payout_lines(postings, clauses_of(_programs(connection, postings)))
    batch_id = _batch_id(approved, exported_on)
    attempts = with_attempt(approved.select("payout_id", "attempt", "due_on"), batch_id, exported_on)
    payouts = payout_rows(approved, lines, payees).drop("document_id").join(attempts.drop("due_on"), on="payout_id")
    named = lines.drop("document_id").join(attempts, on="payout_id").join(payees, on="payee_id", how="left")
    accounts = payouts.join(_accounts(connection, on_the_day), on="payee_id", how="left")
    order = ["payee_id", "currency", "payout_id"]
    batched = Batched(batch_id, exported_on, payouts.sort(order), named.sort(*order, "line"), accounts.sort(order))
    # Before anything is rendered: a payout that is not the sum of its lines must not leave.
    check_totals(batched)
    return batched


def _batch_id(approved: pl.DataFrame, exported_on: date) -> str:
    # Amounts as text and rows sorted: the id must depend on neither float formatting nor row order.
    """Return the batch id: the day and a hash of payouts, attempts and amounts."""
    rows = approved.select("payout_id", "attempt", pl.col("amount").cast(pl.String)).sort("payout_id").rows()
    return f"{exported_on}-{hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:12]}"


def _accounts(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    # The columns exist only if an extract of members brought them.
    there = {name for name, *_ in connection.execute("DESCRIBE members").fetchall()}
    columns = [quoted(name) if name in there else f"CAST(NULL AS VARCHAR) AS {quoted(name)}" for name in BANK_COLUMNS]
    return read_as_payees(connection, run, columns)


def _postings(connection: duckdb.DuckDBPyConnection, approved: pl.DataFrame) -> pl.DataFrame:
    with registered(connection, wanted=approved.select("payout_id")):
        return read(connection, POSTINGS)


def _programs(connection: duckdb.DuckDBPyConnection, postings: pl.DataFrame) -> tuple[Program, ...]:
    with registered(connection, postings=postings.select("program", "rule_version", "seq")):
        texts = connection.execute(WORDINGS).fetchall()
    return read_programs({f"{program}.yaml": text for program, text in texts})
