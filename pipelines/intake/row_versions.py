"""Versions: which validated rows are new, known already, correct the version in force, or come too late."""

# Names are quoted and texts escaped by data_tables, values are bound: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import quoted
from pipelines.warehouse.sql_files import read_sql
from schemas.catalogue import BOOKKEEPING

if TYPE_CHECKING:
    import duckdb

    from schemas.catalogue import DataSet


@dataclass(frozen=True)
class Verdict:
    """Whether rows are rejected, and whether any share their key with others."""

    has_rejects: bool
    has_contest: bool


@dataclass(frozen=True)
class Arrival:
    """Where a file stands among the others: after all content that arrived before `seq`.

    `own`: the loads of what its path held, where it is read again or was put back; it replaces their rows whatever day
    they were received.
    """

    seq: int
    own: tuple[int, ...] = ()

    @property
    def is_own(self) -> str:
        """Return the SQL condition for rows of `own`."""
        return f"load_seq IN ({', '.join(map(str, self.own))})" if self.own else "false"


def decide(connection: duckdb.DuckDBPyConnection, data_set: DataSet, arrival: Arrival, *, has_rejects: bool) -> Verdict:
    """Write the table `outcomes` (line, outcome, superseded_on) for rows that share their key with another.

    A rejected row takes no part, and one in `earlier` is superseded by another of the file. A row not in `outcomes` is
    simply loaded. Rows of one key follow each other by (received_on, line) after the version in force: equal content is
    a duplicate; other content, received no earlier, replaces the version before it; received earlier, or on the same
    day in a file that arrived earlier, it is superseded on arrival.
    """
    table = quoted(data_set.name)
    good = "(FROM door WHERE line NOT IN (SELECT line FROM rejected))" if has_rejects else "door"
    versions = f"(FROM {good} WHERE line NOT IN (SELECT line FROM earlier))"
    connection.execute(_NO_OUTCOMES)
    if has_rejects:
        connection.execute("CREATE OR REPLACE TEMP TABLE rejected AS SELECT DISTINCT line FROM problems")
    [(shared,)] = connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE shared_keys AS
        SELECT row_key FROM repeated
        UNION
        SELECT row_key FROM {table} WHERE superseded_seq IS NULL AND row_key IN (SELECT row_key FROM {good})
        """
    ).fetchall()
    # The usual case: most files bring only new keys, and everything after this would be empty.
    if not shared:
        return Verdict(has_rejects, has_contest=False)
    received = "received_on" if data_set.has_receipt else "CAST(NULL AS DATE)"
    content = _content(connection, data_set, is_read_again=bool(arrival.own))
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE contest AS
        SELECT row_key, {received} AS received_on, line, line AS place, true AS is_new, false AS is_own,
            {arrival.seq} AS arrival, {content["door"]} AS content
        FROM {versions} WHERE row_key IN (SELECT row_key FROM shared_keys)
        UNION ALL
        SELECT row_key, CASE WHEN {arrival.is_own} THEN NULL ELSE {received} END, 0, t.rowid, false, {arrival.is_own},
            (SELECT COALESCE(l.rereads_seq, l.load_seq) FROM loads AS l WHERE l.load_seq = t.load_seq),
            {content[data_set.name]}
        FROM {table} AS t WHERE superseded_seq IS NULL AND row_key IN (SELECT row_key FROM shared_keys)
        """
    )
    connection.execute(_OUTCOMES)
    connection.execute("INSERT INTO outcomes SELECT line, line, true, 'superseded', NULL FROM earlier")
    return Verdict(has_rejects, has_contest=True)


_NO_OUTCOMES = """
CREATE OR REPLACE TEMP TABLE outcomes (line BIGINT, place BIGINT, is_new BOOLEAN, outcome VARCHAR, superseded_on DATE)
"""

_OUTCOMES = read_sql("intake", "outcomes")

_REPLACED = "SELECT place, superseded_on FROM outcomes WHERE NOT is_new AND outcome = 'superseded'"
"""The versions in the table that a row of the file replaces."""


def keep(
    connection: duckdb.DuckDBPyConnection, data_set: DataSet, verdict: Verdict, *, source: str, load_seq: int
) -> None:
    """Write the loaded and superseded rows to their table, and end the versions they replace."""
    table = quoted(data_set.name)
    # DuckDB keeps the smallest and largest value of each row group: sorted by day, a query of some days skips the
    # others.
    order = "d.activity_date, d.line" if data_set.has_receipt else "d.line"
    ends = ", superseded_on = r.superseded_on" if data_set.has_receipt else ""
    if verdict.has_contest:
        connection.execute(
            f"UPDATE {table} SET superseded_seq = ?{ends} FROM ({_REPLACED}) AS r WHERE {table}.rowid = r.place",
            [load_seq],
        )
    until = "CAST({} AS DATE) AS superseded_on," if data_set.has_receipt else ""
    plain = f"""
        SELECT d.* EXCLUDE (is_faulty), {until.format("NULL")} $source AS source, $seq AS load_seq,
            CAST(NULL AS INTEGER) AS superseded_seq
        FROM door AS d {_left_out(verdict)}
    """
    contested = f"""
        SELECT d.* EXCLUDE (is_faulty), {until.format("o.superseded_on")} $source AS source, $seq AS load_seq,
            CASE WHEN o.outcome = 'superseded' THEN $seq END AS superseded_seq
        FROM door AS d JOIN outcomes AS o ON o.line = d.line AND o.is_new AND o.outcome <> 'duplicate'
    """
    for rows in (plain, contested) if verdict.has_contest else (plain,):
        connection.execute(f"INSERT INTO {table} BY NAME {rows} ORDER BY {order}", {"source": source, "seq": load_seq})


def _left_out(verdict: Verdict) -> str:
    """Return the condition that leaves out rejected and contested rows.

    Most files have neither, and an empty join is not free.
    """
    lists = {"SELECT line FROM rejected": verdict.has_rejects}
    lists["SELECT line FROM outcomes WHERE is_new"] = verdict.has_contest
    filled = [rows for rows, is_filled in lists.items() if is_filled]
    return f"WHERE {' AND '.join(f'd.line NOT IN ({rows})' for rows in filled)}" if filled else ""


def _content(connection: duckdb.DuckDBPyConnection, data_set: DataSet, *, is_read_again: bool) -> dict[str, str]:
    """Return the SQL that packs all content of a row, by table; the day it was received only if it `is_read_again`.

    Columns that only one of the two tables has are NULL in the other, so that versions compare equal across added
    columns.
    """
    there = {
        name: {column for column, *_ in connection.execute(f"DESCRIBE {quoted(name)}").fetchall()}
        for name in ("door", data_set.name)
    }
    # The same content received again later says nothing new; the same bytes with another day were misread before.
    ours = {*BOOKKEEPING, "is_faulty", *(() if is_read_again else ("received_on",))}
    names = sorted((there["door"] | there[data_set.name]) - ours)
    return {
        table: "row(" + ", ".join(quoted(name) if name in columns else "CAST(NULL AS VARCHAR)" for name in names) + ")"
        for table, columns in there.items()
    }
