"""One transaction for what belongs together."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection, *, is_trial: bool = False) -> Iterator[None]:
    """Commit what is done in this context as one: after an error, or a kill at any instant, nothing of it is there.

    `is_trial`: what was done is taken back at the end in any case.
    """
    connection.begin()
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # an error of the database may have ended the transaction already
            connection.rollback()
        raise
    if is_trial:
        connection.rollback()
    else:
        connection.commit()
