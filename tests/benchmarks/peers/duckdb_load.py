"""The rows of all files are kept in a table, the last version of each id: WORKSPACE DATABASE [simple].

Tuned: ids that occur once, which are nearly all, are found by their hashes and never sorted. As most would write it,
`simple`, it takes half as long again and several times the memory.
"""

from __future__ import annotations

import sys

import duckdb

FILES = "read_parquet($files, filename = true, file_row_number = true)"
LAST = """
    QUALIFY row_number() OVER (
        PARTITION BY transaction_id ORDER BY received_on DESC, filename DESC, file_row_number DESC
    ) = 1
"""
SIMPLE = f"CREATE TABLE kept AS SELECT * EXCLUDE (filename, file_row_number) FROM {FILES} {LAST}"
TUNED = f"""
    CREATE TEMP TABLE repeated AS
    SELECT key FROM (SELECT hash(transaction_id) AS key FROM read_parquet($files)) GROUP BY key HAVING COUNT(*) > 1;
    CREATE TABLE kept AS SELECT * FROM read_parquet($files)
    WHERE hash(transaction_id) NOT IN (SELECT key FROM repeated);
    INSERT INTO kept SELECT * EXCLUDE (filename, file_row_number) FROM {FILES}
    WHERE hash(transaction_id) IN (SELECT key FROM repeated) {LAST}
"""


def keep(root: str, database: str, how: str = "tuned") -> None:
    files = {"files": f"{root}/extracts/transactions-*.parquet"}
    with duckdb.connect(database, config={"memory_limit": "4GB"}) as connection:
        for statement in (SIMPLE if how == "simple" else TUNED).split(";"):
            connection.execute(statement, files)


if __name__ == "__main__":
    keep(*sys.argv[1:])
