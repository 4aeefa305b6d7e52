"""Anchors: the ends of the hash chains, which every manifest carries out of the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.seals import last_seal
from reports.erp.manifest import Anchors
from rules.ledger.hash_chain import FIRST_HASH

if TYPE_CHECKING:
    import duckdb


def read_anchors(connection: duckdb.DuckDBPyConnection) -> Anchors:
    """Return the ends of the hash chains as the books are now."""
    newest = "SELECT decision_seq, hash FROM decisions ORDER BY decision_seq DESC LIMIT 1"
    found = connection.execute(newest).fetchall()
    number, head = found[0] if found else (0, FIRST_HASH)
    return Anchors(last_seal(connection), number, head)
