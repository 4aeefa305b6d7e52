"""Repeated keys: rows of one file that have the same key and say different things."""

# Names are quoted and texts escaped, numbers are our own: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.intake.input_sql import LINES
from pipelines.intake.reject_reasons import CUT_SHORT, REPEATED_KEY
from pipelines.warehouse.quoting import literal, quoted
from schemas.source_files import LAST, REFUSE

if TYPE_CHECKING:
    import duckdb

    from schemas.source import Source

MOST_LINES = 5
"""So many lines of one key are named."""

_NOT_SAID = frozenset({"line", "row_key", "is_faulty", "received_on"})


def collect_repeated(connection: duckdb.DuckDBPyConnection, source: Source, key: tuple[str, ...], place: str) -> None:
    """Write the tables `repeated` (file, row_key) and `earlier` (line) of `place`, and add contradictions to `faults`.

    Rows of one key in one file contradict each other if they differ in more than the day they were received. With
    `repeated_keys: last` none do: the versions follow each other. With a column that orders versions, those below the
    highest are `earlier`, and rows contradict each other where it leaves open which is the highest.
    """
    doors, faults = f"{place}.doors", f"{place}.faults"
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {place}.repeated AS
        SELECT line // {LINES} AS file, row_key FROM {doors} GROUP BY ALL HAVING COUNT(*) > 1;
        CREATE OR REPLACE TABLE {place}.earlier (line BIGINT)
        """
    )
    found = connection.execute(f"SELECT 1 FROM {place}.repeated LIMIT 1").fetchall()
    if not found or source.repeated_keys == LAST:
        return
    is_ordered = source.repeated_keys != REFUSE
    of_key = f"WHERE column_name IN ({', '.join(map(literal, key))})"
    # A row without a key of its own has no namesakes; of versions, one that is rejected is not the last.
    # One that was cut short is named with its namesakes.
    left_out = f"SELECT line FROM {faults} {'' if is_ordered else of_key + f' AND reason <> {literal(CUT_SHORT)}'}"
    version = version_order(source.repeated_keys) if is_ordered else "0"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE namesakes AS
        SELECT *, MAX(version) OVER (PARTITION BY file, row_key) AS last_version FROM (
            SELECT file, d.row_key, line, {_content(connection, doors)} AS content, {version} AS version,
                {_shown(key)} AS shown
            FROM {doors} AS d JOIN {place}.repeated AS r ON r.row_key = d.row_key AND r.file = d.line // {LINES}
            WHERE line NOT IN ({left_out})
        );
        CREATE OR REPLACE TEMP TABLE contradictions AS
        SELECT file, row_key, list(line - file * {LINES} ORDER BY line) AS lines
        FROM namesakes GROUP BY file, row_key
        HAVING COUNT(DISTINCT content) FILTER (version = last_version) > 1
            OR (COUNT(DISTINCT content) > 1 AND BOOL_OR(version IS NULL));
        INSERT INTO {faults}
        SELECT n.line, {literal(key[0])}, {literal(REPEATED_KEY)},
            n.shown || ' in lines ' || array_to_string(c.lines[:{MOST_LINES}], ', ')
            || CASE WHEN len(c.lines) > {MOST_LINES} THEN ' …' ELSE '' END
        FROM namesakes AS n JOIN contradictions AS c USING (file, row_key);
        DELETE FROM {faults} WHERE reason = {literal(CUT_SHORT)}
            AND line IN (SELECT line FROM {faults} WHERE reason = {literal(REPEATED_KEY)});
        INSERT INTO {place}.earlier
        SELECT n.line FROM namesakes AS n ANTI JOIN contradictions AS c USING (file, row_key)
        WHERE n.version < n.last_version
        """
    )


def version_order(column: str) -> str:
    """Return the SQL of the number by which versions are ordered: that of a number, or of an ISO day or time."""
    text = f"CAST({quoted(column)} AS VARCHAR)"
    wide = "DECIMAL(38, 10)"
    return f"COALESCE(TRY_CAST({text} AS {wide}), CAST(epoch_us(TRY_CAST({text} AS TIMESTAMP)) AS {wide}))"


def _shown(key: tuple[str, ...]) -> str:
    return f"concat_ws(', ', {', '.join(quoted(name) for name in key)})"


def _content(connection: duckdb.DuckDBPyConnection, doors: str) -> str:
    """Return the SQL that packs what a row says, but for the day it was received, which alone is no contradiction."""
    names = [name for name, *_ in connection.execute(f"DESCRIBE {doors}").fetchall()]
    return f"row({', '.join(quoted(name) for name in names if name not in _NOT_SAID)})"
