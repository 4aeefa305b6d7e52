"""Versions: which validated rows are new, known already, correct the version in force, or come too late."""

# Names are quoted and texts escaped by data_tables, values are bound: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.intake.known_keys import find_places, show_in_force
from pipelines.intake.written_rows import Written
from pipelines.warehouse.quoting import literal, quoted
from pipelines.warehouse.sql_files import read_sql
from schemas.catalogue import BOOKKEEPING
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Collection

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
    good = "(FROM door WHERE line NOT IN (SELECT line FROM rejected))" if has_rejects else "door"
    versions = f"(FROM {good} WHERE line NOT IN (SELECT line FROM earlier))"
    connection.execute(_NO_OUTCOMES)
    if has_rejects:
        connection.execute("CREATE OR REPLACE TEMP TABLE rejected AS SELECT DISTINCT line FROM problems")
    # The usual case: most files bring only new keys, and everything after this would be empty.
    if not find_places(connection, data_set.name) and not connection.execute("FROM repeated LIMIT 1").fetchall():
        return Verdict(has_rejects, has_contest=False)
    show_in_force(connection, data_set.name)
    [(shared,)] = connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE shared_keys AS
        SELECT row_key FROM repeated UNION SELECT row_key FROM in_force WHERE row_key IN (SELECT row_key FROM {good})
        """
    ).fetchall()
    if not shared:
        return Verdict(has_rejects, has_contest=False)
    received = "received_on" if data_set.has_receipt else "CAST(NULL AS DATE)"
    content = _content(connection, data_set, is_read_again=bool(arrival.own))
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE contest AS
        SELECT row_key, {received} AS received_on, line, line AS place, true AS is_new, false AS is_own,
            {arrival.seq} AS arrival, {content["door"]} AS content
        FROM door WHERE line IN (SELECT line FROM {versions} WHERE row_key IN (SELECT row_key FROM shared_keys))
        UNION ALL
        SELECT row_key, CASE WHEN {arrival.is_own} THEN NULL ELSE {received} END, 0, place, false, {arrival.is_own},
            (SELECT COALESCE(l.rereads_seq, l.load_seq) FROM loads AS l WHERE l.load_seq = t.load_seq),
            {content[data_set.name]}
        FROM in_force AS t WHERE row_key IN (SELECT row_key FROM shared_keys)
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


def refuse_lost_columns(
    connection: duckdb.DuckDBPyConnection, data_set: DataSet, there: Collection[str], file: str
) -> None:
    """Refuse a file that lacks a column which rows have that it would replace: they would lose what stands in it.

    `there`: the columns that the file has, or that its source gives it. Asked where rows share their key with others.

    Raises:
        ExtractError: there are such columns.
    """
    columns = [name for name, *_ in connection.execute(f"DESCRIBE {quoted(data_set.name)}").fetchall()]
    lacking = [name for name in columns if name not in {*there, *BOOKKEEPING, "received_on"}]
    if not lacking:
        return
    counts = ", ".join(f"COUNT({quoted(name)})" for name in lacking)
    replaced = f"rowid IN (SELECT place FROM ({_REPLACED}))"
    [found] = connection.execute(f"SELECT {counts} FROM {quoted(data_set.name)} WHERE {replaced}").fetchall()
    problems = [
        Problem(
            f"the file has no column {name!r}, which {count:,} of the rows have that it would replace",
            f"export it with that column; if it is gone for good, say `ignore: [{name}]` for its source",
            at=Place(file),
        )
        for name, count in zip(lacking, found, strict=True)
        if count
    ]
    if problems:
        raise ExtractError(*problems)


def keep(
    connection: duckdb.DuckDBPyConnection, data_set: DataSet, verdict: Verdict, *, rows: int, source: str, load_seq: int
) -> Written:
    """Write the loaded and superseded rows to their table, end the versions that they replace, and return them.

    `rows`: how many the file has.
    """
    table = quoted(data_set.name)
    ends = ", superseded_on = r.superseded_on" if data_set.has_receipt else ""
    if verdict.has_contest:
        connection.execute(
            f"UPDATE {table} SET superseded_seq = ?{ends} FROM ({_REPLACED}) AS r WHERE {table}.rowid = r.place",
            [load_seq],
        )
    good = f"SELECT d.* EXCLUDE (is_faulty), {literal(source)} AS source FROM door AS d"
    # An empty join is not free, and most files have neither rejects nor rows that share their key.
    left_out = _left_out(verdict) if verdict.has_rejects or verdict.has_contest else None
    condition = f"WHERE d.line NOT IN ({left_out})" if left_out else ""
    order = _order(connection) if data_set.has_receipt and rows > _ROW_GROUP else ""
    connection.execute(f"INSERT INTO {table} BY NAME {_beside(good, data_set, verdict, load_seq)} {condition} {order}")
    return Written(good, left_out, rows)


def _left_out(verdict: Verdict) -> str:
    rejected = "SELECT line FROM rejected" if verdict.has_rejects else "SELECT line FROM door WHERE false"
    return f"{rejected} UNION ALL SELECT line FROM outcomes WHERE is_new AND outcome = 'duplicate'"


def _beside(rows: str, data_set: DataSet, verdict: Verdict, load_seq: int) -> str:
    """Return the SQL of `rows` with the load they came with, and what ended those that were superseded at once."""
    if not verdict.has_contest:
        return f"SELECT d.*, {load_seq} AS load_seq FROM ({rows}) AS d"
    until = ", o.superseded_on" if data_set.has_receipt else ""
    return f"""
        SELECT d.*, {load_seq} AS load_seq,
            CASE WHEN o.outcome = 'superseded' THEN {load_seq} END AS superseded_seq{until}
        FROM ({rows}) AS d LEFT JOIN outcomes AS o ON o.line = d.line AND o.is_new
    """


def _order(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the order in which the rows of `door` are written: by day, unless near days lie together already.

    DuckDB keeps the smallest and largest value of each row group, so that a query of some days skips the others. Most
    files come as they were sold, and sorting one costs as much as half of writing it.
    """
    days = f"SELECT COUNT(DISTINCT activity_date) AS days FROM door GROUP BY line // {_ROW_GROUP}"
    [(most, groups)] = connection.execute(f"SELECT MAX(days), COUNT(*) FROM ({days})").fetchall()
    return "ORDER BY d.activity_date, d.line" if groups > 1 and most > _NEAR_DAYS else ""


_ROW_GROUP = 122_880  # DuckDB's own

_NEAR_DAYS = 183
"""So many days may lie in one row group before a file is sorted: what is asked for are mostly years."""


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
