"""The outbox: which version of a statement goes to whom, and what became of each mail."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from pipelines.books.runs import now
from pipelines.warehouse.frames import read, read_row
from pipelines.warehouse.quoting import literal
from pipelines.warehouse.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    import polars as pl

PENDING, SENDING, SENT, FAILED, UNKNOWN = "pending", "sending", "sent", "failed", "unknown"

LATEST = """
    SELECT m.*, e.state, e.answer, e.happened_at, e.person, e.reason, e.event_seq
    FROM mails AS m JOIN (
        SELECT message_id, ARG_MAX(state, event_seq) AS state, ARG_MAX(answer, event_seq) AS answer,
            MAX(happened_at) AS happened_at, MAX(event_seq) AS event_seq,
            COALESCE(ARG_MAX(person, event_seq) FILTER (person <> ''), '') AS person,
            COALESCE(ARG_MAX(reason, event_seq) FILTER (reason <> ''), '') AS reason
        FROM mail_events GROUP BY message_id
    ) AS e USING (message_id)
"""
"""Every mail with its state: what its last event says, and who had it sent again last."""


@dataclass(frozen=True)
class Mail:
    """A version of a payee's statement to one recipient; `queued_at` is in UTC, without a zone."""

    message_id: str
    payee_id: str
    payout_period: str
    version: str
    recipient: str
    run_id: str
    queued_at: datetime


def message_id(version: str, recipient: str, domain: str) -> str:
    """Return the Message-ID of a version to a recipient: always the same, so that a mail sent twice can be told."""
    key = hashlib.sha256(f"{version}\n{recipient}".encode()).hexdigest()[:40]
    return f"<{key}@{domain}>"


def queue(connection: duckdb.DuckDBPyConnection, mails: Iterable[Mail], *, person: str = "", reason: str = "") -> None:
    """Record mails as pending, as one; `person` and `reason` are of who had them sent again."""
    with transaction(connection):
        for mail in mails:
            values = list(vars(mail).values())
            connection.execute("INSERT INTO mails VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            _record(connection, mail.message_id, PENDING, "", person, reason)


def note(
    connection: duckdb.DuckDBPyConnection,
    mail_id: str,
    state: str,
    answer: str = "",
    *,
    person: str = "",
    reason: str = "",
) -> None:
    """Record what became of a mail; it is on the disk when this returns."""
    with transaction(connection):
        _record(connection, mail_id, state, answer, person, reason)


def _record(connection: duckdb.DuckDBPyConnection, *event: str) -> None:
    mail_id, state, answer, person, reason = event
    connection.execute(
        """
        INSERT INTO mail_events
        SELECT COALESCE(MAX(event_seq), 0) + 1, ?, ?, CAST(? AS TIMESTAMP), ?, ?, ? FROM mail_events
        """,
        [mail_id, state, now(), answer, person, reason],
    )


def read_mails(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return every mail with its state, in the order in which they were queued: the columns of Mail and of LATEST."""
    return read(connection, f"SELECT * FROM ({LATEST}) ORDER BY queued_at, payee_id, recipient")  # noqa: S608 - constant text


def doubt(connection: duckdb.DuckDBPyConnection, answer: str) -> int:
    """Record that nobody knows what became of the mails that were being sent; the caller holds the workspace.

    Whoever sent them is gone: the server may have taken them or not. Returns how many they are.
    """
    stopped = connection.execute(f"SELECT message_id FROM ({LATEST}) WHERE state = ?", [SENDING]).fetchall()  # noqa: S608 - constant text
    for (mail_id,) in stopped:
        note(connection, mail_id, UNKNOWN, answer)
    return len(stopped)


def carry_over(connection: duckdb.DuckDBPyConnection, replaced: Path) -> None:
    """Add to a restored warehouse what that of `replaced` knows of mails, so that nothing is sent again unseen.

    One that cannot be read, or has no outbox, adds nothing.
    """
    try:
        connection.execute(f"ATTACH {literal(str(replaced))} AS replaced (READ_ONLY)")
    except duckdb.Error:
        return
    try:
        has_own = "SELECT COUNT(*) FROM duckdb_tables() WHERE database_name = 'replaced' AND table_name = 'mail_events'"
        if read_row(connection, has_own) == (1,):
            with transaction(connection):
                connection.execute(_MAILS)
                connection.execute(_EVENTS)
    finally:
        connection.execute("DETACH replaced")


_MAILS = "INSERT INTO mails SELECT * FROM replaced.mails ANTI JOIN mails USING (message_id)"
_EVENTS = """
    INSERT INTO mail_events
    SELECT ROW_NUMBER() OVER (ORDER BY o.event_seq) + (SELECT COALESCE(MAX(event_seq), 0) FROM mail_events),
        o.* EXCLUDE (event_seq)
    FROM replaced.mail_events AS o ANTI JOIN mail_events USING (event_seq, message_id, state, happened_at)
"""
