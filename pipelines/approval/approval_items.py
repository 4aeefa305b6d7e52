"""Approval items: what people decide about (payouts, adjustments, disputes, write-offs) and how they select them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.decisions import read_decisions
from pipelines.warehouse.frames import has_table, has_work, read, read_row, read_work
from pipelines.workspace.normal_text import named, normal_id, normal_program
from rules.ledger.requests import SUBJECTS, adjustments, disputes, write_offs
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    import duckdb

    from schemas.workspace import Ids

PAYOUTS = """
    SELECT payout_id AS subject, kind, status, '' AS program, '' AS member_id, payee_id, payout_period AS period,
        currency, amount, '' AS author, reference AS reason, '' AS note, drafted_seq
    FROM payouts
    ORDER BY payout_period, payee_id, currency, kind DESC, sequence
"""

IN_PROGRAM = """
    SELECT DISTINCT l.payout_id AS subject
    FROM payout_lines AS l JOIN ledger USING (seq)
    WHERE l.until_run IS NULL AND ledger.program = ?
"""
"""Payouts that currently hold a posting of a program."""

DISPUTED = """
    SELECT DISTINCT row_key, transaction_id FROM transactions
    WHERE row_key IN (SELECT reference FROM decisions WHERE kind IN ('ask_exclude', 'ask_include'))
"""
"""The transactions of all disputes."""

PAYOUT_KINDS = ("payout", "invoice")


@dataclass(frozen=True)
class Choice:
    """Which items are selected: by id, or all that match every other field; amounts compare by absolute value."""

    ids: tuple[str, ...] = ()
    program: str | None = None
    payee: str | None = None
    status: str | None = None
    period: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    everything: bool = False

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was selected at all."""
        return self == Choice()

    def normal(self, ids: Ids) -> Choice:
        """Return it with payee and program as they stand in the books."""
        payee = None if self.payee is None else normal_id(self.payee, ids)
        program = None if self.program is None else normal_program(self.program)
        return replace(self, payee=payee, program=program)

    def filters(self) -> Iterator[pl.Expr]:
        """Yield the conditions that follow from every field but ids and program."""
        if self.payee is not None:
            # A disputed transaction may move what several payees get.
            yield pl.col("payee_id").str.split(", ").list.contains(self.payee) | (pl.col("payee_id") == self.payee)
        for column, wanted in (("status", self.status), ("period", self.period)):
            if wanted is not None:
                yield pl.col(column) == wanted
        size = pl.col("amount").abs()
        if self.at_least is not None:
            yield size >= self.at_least
        if self.at_most is not None:
            yield size <= self.at_most


def read_subjects(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return all payouts, adjustments, disputes and possible write-offs: rules.ledger.requests.SUBJECTS."""
    decisions = read_decisions(connection)
    payouts = read(connection, PAYOUTS).cast(dict(SUBJECTS))  # type: ignore[arg-type]
    frames = [payouts, adjustments(decisions), disputes(decisions, disputed_names(connection))]
    policies = read_work(connection, "policies") if has_work(connection, "policies") else pl.DataFrame()
    if not policies.is_empty() and "write_off" in policies["negative"]:
        (period,) = read_row(connection, "SELECT MAX(payout_period) FROM runs WHERE state <> 'computing'")
        carried = "SELECT program, payee_id, currency, payout_period, amount, reason FROM payable"
        frames.append(write_offs(read(connection, carried), policies, decisions, period or ""))
    return pl.concat(frames)


def disputed_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the id of each transaction that somebody has asked to take out, by its row key."""
    return dict(connection.execute(DISPUTED).fetchall()) if has_table(connection, "transactions") else {}


def choose(connection: duckdb.DuckDBPyConnection, choice: Choice, ids: Ids) -> pl.DataFrame:
    """Return the items that `choice` selects; ids and program are combined with its other conditions.

    What it names is compared as the workspace compares ids (`ids`).

    Raises:
        BooksError: naming every id that nothing has.
    """
    choice, every = choice.normal(ids), read_subjects(connection)
    subjects = every.filter(*choice.filters())
    if choice.program is not None:
        paid = read(connection, IN_PROGRAM, [choice.program])["subject"]
        subjects = subjects.filter((pl.col("program") == choice.program) | pl.col("subject").is_in(paid.to_list()))
    if not choice.ids:
        return subjects
    wanted = list(dict.fromkeys(named(name, every["subject"], ids) for name in choice.ids))
    unknown = [name for name in wanted if name not in set(subjects["subject"])]
    if unknown:
        todo = "`rebatch payouts` lists what there is"
        raise BooksError(*(Problem(f"nothing here is called {name!r}", todo) for name in unknown))
    return subjects.filter(pl.col("subject").is_in(wanted))
