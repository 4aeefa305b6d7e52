"""The appendix: what the warehouse knew that a restore of an older backup replaced.

It counts for nothing, but an export refuses to pay again what was sent in a batch of the appendix, until a person has
said that it is clear what became of that batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.books.decisions import next_decision, record
from pipelines.books.repeated import decided_today
from pipelines.books.runs import now
from pipelines.warehouse.digest import digest
from pipelines.warehouse.frames import append, read, registered
from pipelines.warehouse.quoting import literal
from pipelines.warehouse.sql_files import read_sql
from pipelines.warehouse.transaction import transaction
from rules.ledger.decisions import Decision
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from pathlib import Path

LOST = read_sql("books", "lost")
"""What the replaced warehouse, attached as `replaced`, has and the books have not."""

CARRIED = """
    SELECT * EXCLUDE (decision_seq, restored_at) FROM replaced.appendix
    WHERE (what, name, batch_id) NOT IN (SELECT (what, name, batch_id) FROM appendix) ORDER BY happened_at, what, name
"""
"""What was in its own appendix."""

APPENDIX = "SELECT * FROM appendix"

HELD = """
    SELECT batch_id, name AS payout_id, document_id, payee_id, payout_period, currency, amount,
        CAST(content->'$.members' AS VARCHAR[]) AS members
    FROM appendix
    WHERE what = 'payment' AND batch_id NOT IN (SELECT batch_id FROM batches)  -- of a later backup, restored since
        AND batch_id NOT IN (SELECT subject FROM decisions WHERE kind = 'clear_batch')
    ORDER BY batch_id, payout_id
"""
"""What was sent in batches of the appendix that nobody has cleared; `members` are those whose figures it paid."""

HELD_BACK = """
    SELECT p.payout_id, h.batch_id, h.document_id, h.amount AS sent_amount
    FROM payouts AS p JOIN held AS h ON h.currency = p.currency AND (h.payee_id = p.payee_id OR EXISTS (
        FROM payout_lines AS n JOIN ledger AS l USING (seq)
        WHERE n.payout_id = p.payout_id AND n.until_run IS NULL AND LIST_CONTAINS(h.members, l.member_id)
    ))
    WHERE p.status = 'approved'
    ORDER BY p.payout_id, h.batch_id, h.document_id
"""
"""The approved payouts that may pay again what was sent. The payout period does not tell them apart: what the books
forgot is settled again whenever the next run comes; nor does the payee alone: a member may have another one by now."""


def lost_by(connection: duckdb.DuckDBPyConnection, replaced: Path) -> pl.DataFrame | None:
    """Return what the warehouse `replaced` knows and the open one does not, with the columns of the table appendix.

    Without decision_seq and restored_at. None if it cannot be read: it is damaged, or of a version without batches.
    """
    try:
        connection.execute(f"ATTACH {literal(str(replaced))} AS replaced (READ_ONLY)")
    except duckdb.Error:
        return None
    try:
        lost = read(connection, LOST)
        has_own = "SELECT 1 FROM duckdb_tables() WHERE database_name = 'replaced' AND table_name = 'appendix'"
        return lost if read(connection, has_own).is_empty() else pl.concat([lost, read(connection, CARRIED)])
    except duckdb.Error:
        return None
    finally:
        connection.execute("DETACH replaced")


def keep(connection: duckdb.DuckDBPyConnection, lost: pl.DataFrame, *, person: str) -> None:
    """Keep `lost` in the appendix, and the hash of it in a decision, so that it cannot be changed unnoticed."""
    with transaction(connection):
        seq = next_decision(connection)
        kept = lost.with_columns(decision_seq=pl.lit(seq, pl.Int64), restored_at=pl.lit(now(), pl.Datetime("us")))
        append(connection, "appendix", kept)
        note = digest(connection, f"{APPENDIX} WHERE decision_seq = {seq}")
        record(connection, [Decision("restore", "appendix", "restored", person, note=note)])


def changed_appendices(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the restores whose appendix is no longer as it was kept: decision_seq, found."""
    kept = connection.execute("SELECT decision_seq, note FROM decisions WHERE kind = 'restore' ORDER BY 1").fetchall()
    there = connection.execute("SELECT DISTINCT decision_seq FROM appendix ORDER BY 1").fetchall()
    found = [
        (seq, "what the restore replaced was changed")
        for seq, note in kept
        if digest(connection, f"{APPENDIX} WHERE decision_seq = {seq}") != note
    ]
    known = {seq for seq, _ in kept}
    found += [(seq, "nobody restored this") for (seq,) in there if seq not in known]
    return pl.DataFrame(found, schema={"decision_seq": pl.Int64, "found": pl.String}, orient="row")


def held_payments(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return what was sent in batches of the appendix that nobody has cleared.

    Columns: batch_id, payout_id, document_id, payee_id, payout_period, currency, amount, members.
    """
    return read(connection, HELD)


def held_back(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the approved payouts that may pay again what a batch of the appendix sent.

    Columns: payout_id, batch_id, document_id, sent_amount; a row for each payment sent that it may repeat.
    """
    with registered(connection, held=held_payments(connection)):
        return read(connection, HELD_BACK)


SHOWN = """
    SELECT what,
        CASE WHEN what = 'decision' THEN (content->>'kind') || ' ' || (content->>'subject') ELSE name END AS name,
        batch_id, document_id, payee_id, payout_period, amount, currency, person, happened_at,
        CASE WHEN what NOT IN ('batch', 'payment') THEN '' WHEN batch_id IN (
            SELECT subject FROM decisions WHERE kind = 'clear_batch'
        ) THEN 'cleared' ELSE 'holds back' END AS state
    FROM appendix WHERE $batch IS NULL OR batch_id = $batch ORDER BY happened_at, what, name
"""


def read_appendix(connection: duckdb.DuckDBPyConnection, batch_id: str | None = None) -> pl.DataFrame:
    """Return the appendix, whole or of one batch.

    Columns: what (run, decision, batch, payment), name, batch_id, document_id, payee_id, payout_period, amount,
    currency, person, happened_at, state (of a batch: whether it holds payouts back, or was cleared).
    """
    return read(connection, SHOWN, {"batch": batch_id})


def clear(connection: duckdb.DuckDBPyConnection, batch_id: str, *, person: str, reason: str) -> None:
    """Record that it is clear what became of a batch of the appendix: it holds no payout back any more.

    Nothing is recorded if this person said the very same today.

    Raises:
        BooksError: there is no such batch, or it was cleared before.
    """
    content = {"kind": "clear_batch", "subject": batch_id, "person": person, "reason": reason}
    if not decided_today(connection, content).is_empty():
        return
    held = set(held_payments(connection)["batch_id"])
    if batch_id not in held:
        found = f"no batch {batch_id!r} of before a restore holds anything back"
        raise BooksError(Problem(found, "`rebatch appendix` lists what restores replaced"))
    with transaction(connection):
        record(connection, [Decision("clear_batch", batch_id, "cleared", person, reason, reference=batch_id)])


def lost_names(connection: duckdb.DuckDBPyConnection, what: str) -> set[str]:
    """Return the ids of the runs (`what` is "run") or batches ("batch") in the appendix."""
    return {name for (name,) in connection.execute("SELECT name FROM appendix WHERE what = ?", [what]).fetchall()}
