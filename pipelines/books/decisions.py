"""Decisions in the warehouse: an append-only record, and the payouts as those decisions leave them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.runs import now
from pipelines.warehouse.frames import append, read, read_row
from rules.ledger.decisions import DECISIONS, RECORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.books.runs import OpenRun
    from rules.ledger.decisions import Decision


def read_decisions(connection: duckdb.DuckDBPyConnection, run: OpenRun | None = None) -> pl.DataFrame:
    """Return the decisions in order: all, or those that `run` knows, its own included."""
    if run is None:
        return read(connection, "SELECT * FROM decisions ORDER BY decision_seq")
    known = "SELECT * FROM decisions WHERE decision_seq <= ? OR run_id = ? ORDER BY decision_seq"
    return read(connection, known, [run.decision_seq, run.run_id])


def record(
    connection: duckdb.DuckDBPyConnection, decisions: Sequence[Decision], *, run_id: str | None = None
) -> pl.DataFrame:
    """Record `decisions` in their order, in the caller's transaction, and return them with the columns DECISIONS.

    `run_id` names the run that takes them automatically; None if a person does. The caller holds the workspace.
    """
    # Each decision carries the hash of the one before it, so the last one is needed to continue the chain.
    last = read(connection, "SELECT * FROM decisions ORDER BY decision_seq DESC LIMIT 1")
    made = {"run_id": run_id, "decided_at": now()}  # looked at once: what is decided together has one time
    rows = [asdict(decision) | made for decision in decisions]
    typed = pl.DataFrame(rows, schema={name: DECISIONS[name] for name in DECISIONS if name not in _MADE})
    linked = RECORD.link(typed, RECORD.head(last))
    append(connection, "decisions", linked)
    return linked


_MADE = frozenset({"decision_seq", "previous_hash", "hash"})
"""Columns that linking into the hash chain fills in."""


def next_decision(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the next decision.

    It stays true until then, because the caller holds the workspace.
    """
    return int(read_row(connection, "SELECT COALESCE(MAX(decision_seq), 0) + 1 FROM decisions")[0])


def read_payouts(connection: duckdb.DuckDBPyConnection, run: OpenRun | None = None) -> pl.DataFrame:
    """Return the payouts as they are now, or as `run` left them; see `payouts_known` in sql/books.sql.

    Columns: payout_id, kind (payout or invoice), sequence, payee_id, currency, payout_period, amount, status,
    is_frozen, due_on, reference, drafted_seq, since_run; sorted by payee, currency, period, kind and sequence.
    """
    order = "ORDER BY payee_id, currency, payout_period, kind DESC, sequence"
    if run is None:
        return read(connection, f"SELECT * FROM payouts {order}")  # noqa: S608 - constant text
    return read(connection, f"SELECT * FROM payouts_known(?, ?) {order}", [run.run_seq, last_decision(connection, run)])  # noqa: S608 - constant text


def read_lines(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return which payout each posting was in as `run` left it: seq, payout_id."""
    lines = "SELECT seq, payout_id FROM payout_lines WHERE since_run <= $run AND COALESCE(until_run > $run, TRUE)"
    return read(connection, lines, {"run": run.run_seq})


def last_decision(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> int:
    """Return the number of the last decision that `run` knows, its own included; 0 if there is none."""
    known = "SELECT COALESCE(MAX(decision_seq), 0) FROM decisions WHERE decision_seq <= ? OR run_id = ?"
    (seq,) = read_row(connection, known, [run.decision_seq, run.run_id])
    return int(seq)
