"""Taking over: rows are ended and written again under their new keys, by a load of each content they came from."""

# Names are quoted and texts escaped, numbers are our own.
# ruff: noqa: S608

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.runs import now
from pipelines.intake.loads import OUTCOMES, Counted, record_load
from pipelines.intake.recipes import rekeyed
from pipelines.intake.rekeyed_rows import written_sql
from pipelines.intake.row_hashes import hash_rows
from pipelines.warehouse.frames import read, read_row
from schemas.types import ZERO

if TYPE_CHECKING:
    from typing import Any

    import duckdb

    from pipelines.intake.rekeyed_rows import Rekeying

KEPT = "kept"
"""The format of a load that read no file but the rows that are kept."""

CONTENTS = """
    SELECT r.loads, l.load_seq, l.path, l.sha256, l.bytes, l.recipe, r.arrival,
        COALESCE(l.rows_missing, 0) AS rows_missing
    FROM readings AS r JOIN loads AS l ON l.load_seq = r.last_load
    WHERE l.data_set = $data_set AND l.source = $source AND ($is_renamed OR list_contains($loads, l.load_seq))
    ORDER BY l.load_seq
"""
"""The contents that a source brought, each by the load that read it last."""


def take_over(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> list[int]:
    """Write what the table `rekeyed` says, in the caller's transaction, and return the numbers of the new loads."""
    change = rekeying.change
    asked = {
        "data_set": change.data_set, "source": change.before.source,
        "is_renamed": change.is_renamed, "loads": list(change.loads),
    }  # fmt: skip
    contents = read(connection, CONTENTS, asked).to_dicts()
    (last,) = read_row(connection, "SELECT MAX(load_seq) FROM loads")
    connection.execute("CREATE OR REPLACE TEMP TABLE new_loads (load_seq INTEGER, new_seq INTEGER)")
    pairs = [(old, last + n) for n, content in enumerate(contents, 1) for old in content["loads"]]
    connection.executemany("INSERT INTO new_loads VALUES (?, ?)", pairs)
    _write_rows(connection, rekeying)
    for n, content in enumerate(contents, 1):
        _record(connection, rekeying, content, last + n)
    return [last + n for n in range(1, len(contents) + 1)]


def _write_rows(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> None:
    table, data_set = rekeying.table, rekeying.data_set
    until = ", CAST(NULL AS DATE) AS superseded_on" if data_set.has_receipt else ""
    ends = ", superseded_on = NULL" if data_set.has_receipt else ""
    # Sorted by day, as `row_versions.keep` writes them.
    order = "t.activity_date, t.line" if data_set.has_receipt else "t.line"
    connection.execute(
        f"""
        INSERT INTO {table} BY NAME
        SELECT t.* REPLACE ({written_sql(data_set, "r")}, r.new_key AS row_key, $source AS source,
            m.new_seq AS load_seq, CAST(NULL AS INTEGER) AS superseded_seq{until})
        FROM {table} AS t JOIN rekeyed AS r ON r.place = t.rowid JOIN new_loads AS m ON m.load_seq = t.load_seq
        WHERE r.outcome = 'loaded' AND r.state <> 'kept'
        ORDER BY m.new_seq, {order}
        """,
        {"source": rekeying.change.now.source},
    )
    connection.execute(
        f"""
        UPDATE {table} SET superseded_seq = m.new_seq{ends}
        FROM rekeyed AS r JOIN new_loads AS m ON m.load_seq = r.load_seq
        WHERE {table}.rowid = r.place AND r.state = 'old';
        UPDATE {table} SET superseded_seq = m.new_seq{ends}
        FROM contest AS c JOIN rekeyed AS r ON r.place = c.place JOIN rekeyed AS w ON w.place = c.winner
            JOIN new_loads AS m ON m.load_seq = w.load_seq
        WHERE {table}.rowid = r.place AND r.state = 'kept' AND r.outcome <> 'loaded'
        """
    )


def _record(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying, content: dict[str, Any], load_seq: int) -> None:
    """Record a load with its control totals: every row that it was given has one outcome."""
    change = rekeying.change
    figures = """
        SELECT outcome, COUNT(*), SUM(money) FROM rekeyed AS r JOIN new_loads AS m USING (load_seq)
        WHERE m.new_seq = ? AND state <> 'kept' GROUP BY outcome
    """
    has_money = rekeying.data_set.money is not None
    found = {
        outcome: Counted(rows, amount) for outcome, rows, amount in connection.execute(figures, [load_seq]).fetchall()
    }
    nothing = Counted(0, ZERO if has_money else None)
    counts = {name: found.get(name, nothing) for name in OUTCOMES}
    amount = sum((count.amount or ZERO for count in counts.values()), ZERO) if has_money else None
    load: dict[str, object] = {
        "load_seq": load_seq,
        "data_set": change.data_set,
        "source": change.now.source,
        "path": content["path"],
        "sha256": content["sha256"],
        "bytes": content["bytes"],
        "format": KEPT,
        "values_rounded": 0,
        "loaded_at": now(),
        "rows_sha256": hash_rows(connection, change.data_set, load_seq),
        "recipe": rekeyed(content["recipe"], rekeying.recipe) if content["recipe"] else None,
        "rereads_seq": content["arrival"],
        "rows_missing": content["rows_missing"],
        "rows_withdrawn": 0,
    }
    record_load(connection, load, Counted(sum(count.rows for count in counts.values()), amount), counts)
