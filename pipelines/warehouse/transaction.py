"""Transactions: what belongs together is committed together."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection, *, is_trial: bool = False) -> Iterator[None]:
    """Commit what the block does as one: after an error, or a kill at any instant, nothing of it remains.

    `is_trial`: roll back at the end in any case.
    """
    connection.begin()
    try:
        yield
    # Ctrl-C included: whatever ends the block early must leave the warehouse as it was.
    except BaseException:
        with suppress(duckdb.Error):  # a fatal error of the database has ended the transaction already
            connection.rollback()
        raise
    if is_trial:
        connection.rollback()
    else:
        connection.commit()
