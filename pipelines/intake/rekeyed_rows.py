"""Rekeyed rows: what becomes of each row in force where its source says otherwise by now what identifies it."""

# Names are quoted and texts escaped, numbers are our own.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.intake.cast_text import compared
from pipelines.intake.column_sql import joined, row_key
from pipelines.intake.recipes import recipe_of
from pipelines.intake.repeated_keys import version_order
from pipelines.warehouse.quoting import literal, quoted
from pipelines.warehouse.sql_files import read_sql
from schemas.catalogue import BOOKKEEPING, DATA_SETS
from schemas.source_files import LAST, REFUSE

if TYPE_CHECKING:
    import duckdb

    from pipelines.intake.recipes import Identity
    from pipelines.intake.row_identity import Change
    from schemas.catalogue import DataSet
    from schemas.source import Source
    from schemas.workspace import Ids, WorkspaceConfig

_EXCLUDED = """
    SELECT subject FROM decisions WHERE kind IN ('exclude', 'include')
    GROUP BY subject HAVING ARG_MAX(kind, decision_seq) = 'exclude'
"""


@dataclass(frozen=True)
class Rekeying:
    """A change of what identifies rows, and the source as the configuration has it now."""

    change: Change
    source: Source
    config: WorkspaceConfig

    @property
    def ids(self) -> Ids:
        """Return how the workspace writes ids."""
        return self.config.ids

    @property
    def recipe(self) -> str:
        """Return how the source is read now."""
        return recipe_of(self.source, self.config)

    @property
    def data_set(self) -> DataSet:
        """Return the data set."""
        return DATA_SETS[self.change.data_set]

    @property
    def table(self) -> str:
        """Return the quoted name of its table."""
        return quoted(self.change.data_set)


def write_rekeyed(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> None:
    """Write the table `rekeyed`: the rows in force with their new keys, and what becomes of them.

    Columns: place (rowid), load_seq, line, received_on, arrival, money, old_key, new_key, the ids of the data set as
    they are written now, state and outcome. state is `old` (in force under its old key), `back` (an earlier key took it
    for corrected by another row) or `kept` (in force under the new key already); outcome is `loaded`, `duplicate`
    (another row of the key says the same) or `superseded`; NULL where rows of one key contradict each other.
    """
    connection.execute(READINGS)
    _write_candidates(connection, rekeying)
    _bring_back(connection, rekeying)
    connection.execute(
        f"""
        INSERT INTO rekeyed
        SELECT * REPLACE ('kept' AS state, old_key AS new_key) FROM ({_rows(connection, rekeying)})
        WHERE superseded_seq IS NULL AND place NOT IN (SELECT place FROM rekeyed)
            AND old_key IN (SELECT new_key FROM rekeyed)
        """
    )
    _decide(connection, rekeying)


def _write_candidates(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> None:
    loads = ", ".join(map(str, rekeying.change.loads))
    rows = _rows(connection, rekeying)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE rekeyed AS SELECT * FROM ({rows}) "
        f"WHERE superseded_seq IS NULL AND load_seq IN ({loads})"
    )


def _bring_back(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> None:
    """Add the last version of each row that only the old key took for another: see `rekeyed`.

    A version ended by a correction has the day of its end, or ended within its own file; one that was taken back by
    reading its file again, or by other content of its path, has not.
    """
    if rekeying.change.before.key == rekeying.change.now.key:
        return
    ended = "superseded_on IS NOT NULL OR " if rekeying.data_set.has_receipt else ""
    connection.execute(
        f"""
        INSERT INTO rekeyed
        SELECT * REPLACE ('back' AS state) FROM ({_rows(connection, rekeying)})
        WHERE superseded_seq IS NOT NULL AND ({ended}superseded_seq <= load_seq OR {not rekeying.data_set.has_receipt})
            AND load_seq IN (SELECT last_load FROM readings WHERE data_set = {literal(rekeying.change.data_set)})
            AND old_key IN (SELECT old_key FROM rekeyed) AND new_key NOT IN (SELECT new_key FROM rekeyed)
        QUALIFY ROW_NUMBER() OVER (PARTITION BY new_key ORDER BY received_on DESC, arrival DESC, line DESC) = 1
        """
    )


def count_unclear(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> int:
    """Return how many rows were replaced by others before the keys were changed the last time, and have a key now.

    Of those, `rekeyed` has no other version: what replaced them is known by other keys since.
    """
    ended = "superseded_on IS NOT NULL OR " if rekeying.data_set.has_receipt else ""
    rows = f"""
        SELECT COUNT(*) FROM ({_rows(connection, rekeying)})
        WHERE ({ended}superseded_seq <= load_seq) AND new_key NOT IN (SELECT new_key FROM rekeyed)
            AND load_seq IN (
                SELECT o.load_seq FROM readings AS r
                JOIN loads AS l ON l.load_seq = r.last_load AND l.format = 'kept'
                JOIN loads AS o ON o.data_set = r.data_set AND COALESCE(o.rereads_seq, o.load_seq) = r.arrival
                WHERE r.data_set = {literal(rekeying.change.data_set)}
                    AND r.source = {literal(rekeying.change.before.source)} AND o.load_seq < r.last_load
            )
    """
    return int(connection.execute(rows).fetchall()[0][0])


READINGS = """
    CREATE OR REPLACE TEMP TABLE readings AS
    SELECT data_set, source, path, sha256, COALESCE(rereads_seq, load_seq) AS arrival, MAX(load_seq) AS last_load,
        LIST(load_seq) AS loads
    FROM loads GROUP BY ALL
"""
"""Every content of every path, with the load that read it last."""


def _rows(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> str:
    """Return the SQL of all versions of the data set with what would identify them now."""
    before, now, data_set = rekeying.change.before, rekeying.change.now, rekeying.data_set
    there = _columns(connection, rekeying)
    ids = data_set.ids if before.ids != now.ids else ()
    written = ", ".join(f"{compared(quoted(name), rekeying.ids)} AS {quoted(name)}" for name in ids)
    inner = f"SELECT *, rowid AS place, {_is_made(before, data_set)} AS is_made FROM {rekeying.table}"
    rows = f"SELECT * {f'REPLACE ({written})' if written else ''} FROM ({inner})"
    own_id = data_set.key[0]
    if own_id not in now.key:
        made = f"CASE WHEN is_made THEN {joined(now.key)} ELSE {quoted(own_id)} END"
        rows = f"SELECT * REPLACE ({made} AS {quoted(own_id)}) FROM ({rows})"
    received = "received_on" if data_set.has_receipt else "CAST(NULL AS DATE) AS received_on"
    money = quoted(data_set.money) if data_set.money else "CAST(NULL AS DECIMAL(18, 4))"
    more = "superseded_on" if data_set.has_receipt else "CAST(NULL AS DATE) AS superseded_on"
    kept = ", ".join(quoted(name) for name in written_columns(data_set))
    return f"""
        SELECT place, load_seq, line, {received}, (
            SELECT COALESCE(l.rereads_seq, l.load_seq) FROM loads AS l WHERE l.load_seq = t.load_seq
        ) AS arrival, {money} AS money, row_key AS old_key, {row_key(now.source, now.key, there=there)} AS new_key,
            superseded_seq, {more}, 'old' AS state, CAST(NULL AS VARCHAR) AS outcome, is_made, {kept}
        FROM ({rows}) AS t
    """


def _columns(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> set[str]:
    return {name for name, *_ in connection.execute(f"DESCRIBE {rekeying.table}").fetchall()}


def written_columns(data_set: DataSet) -> tuple[str, ...]:
    """Return the columns whose values may change: the ids, and the one that is made of the key."""
    return tuple(dict.fromkeys((*data_set.ids, data_set.key[0])))


def written_sql(data_set: DataSet, rows: str) -> str:
    """Return the SQL of the columns whose values may change, each as `rows` has it, under its name."""
    return ", ".join(f"{rows}.{quoted(name)} AS {quoted(name)}" for name in written_columns(data_set))


def _is_made(before: Identity, data_set: DataSet) -> str:
    """Return the SQL condition that the id of a row was made of the columns of its key, since its file has none."""
    own_id = data_set.key[0]
    return "false" if own_id in before.key else f"{quoted(own_id)} IS NOT DISTINCT FROM {joined(before.key)}"


def _decide(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> None:
    """Fill `outcome`, and write `contest`: the rows of keys that several have, and whether they contradict each other.

    As among rows of one file: those that say the same are one row; of others the source must say which counts.
    """
    how = rekeying.source.repeated_keys
    version = "0" if how in {REFUSE, LAST} else version_order(how)
    is_ordered = {REFUSE: "false", LAST: "true"}.get(how, "COUNT(DISTINCT content) FILTER (version = top) = 1")
    written = written_columns(rekeying.data_set)
    names = _columns(connection, rekeying) - {*BOOKKEEPING, "received_on", *written}
    content = ", ".join([*(f"t.{quoted(name)}" for name in sorted(names)), *(f"r.{quoted(name)}" for name in written)])
    connection.execute(
        read_sql("intake", "rekey_contest").format(
            content=content, version=version, is_ordered=is_ordered, table=rekeying.table, excluded=_EXCLUDED
        )
    )
