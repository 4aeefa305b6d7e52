"""The rows are kept in a table, each id once, and paid from there."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from tests.benchmarks.peers.duckdb_query import QUERY

KEEP = """
    CREATE TABLE kept AS
    SELECT * EXCLUDE (place) FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY transaction_id ORDER BY received_on DESC) AS place
        FROM read_parquet('{root}/extracts/transactions.parquet')
    )
    WHERE place = 1
"""


def pay(root: str) -> str:
    with (
        TemporaryDirectory() as folder,
        duckdb.connect(str(Path(folder) / "kept.duckdb"), config={"memory_limit": "4GB"}) as connection,
    ):
        connection.execute(KEEP.format(root=root))
        return str(connection.execute(QUERY.format(transactions="kept", root=root)).fetchall()[0][0])


if __name__ == "__main__":
    sys.stdout.write(pay(sys.argv[1]))
