"""The head of the ledger: its last posting, by which two states of the books are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.ledger.hash_chain import FIRST_HASH

if TYPE_CHECKING:
    import duckdb


def head_of(connection: duckdb.DuckDBPyConnection) -> tuple[int, str]:
    """Return number and hash of the ledger's last posting; 0 and FIRST_HASH for an empty ledger."""
    last = connection.execute("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1").fetchall()
    return (int(last[0][0]), str(last[0][1])) if last else (0, FIRST_HASH)
