"""Known rows: rows that were loaded before under an id that was written otherwise; they would count twice."""

# Names are quoted and texts escaped: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.intake.reject_reasons import KNOWN_ROW
from pipelines.warehouse.quoting import literal, quoted

if TYPE_CHECKING:
    import duckdb

    from pipelines.intake.read_ahead import Opened

COUNTED = "transactions"
"""The data set whose rows are added up: one more is paid."""

_SAID = ("activity_date", "member_id", "product_id", "type", "quantity", "unit", "amount", "currency")
"""What two rows must say alike, besides their ids, to be taken for one."""


def collect_known(connection: duckdb.DuckDBPyConnection, opened: Opened, key: tuple[str, ...]) -> bool:
    """Return whether rows of `opened` are in force under another writing of their `key`; they are added to its faults.

    Two ids are one written in two ways where nothing but leading zeros, small and capital letters, blanks or the normal
    form of Unicode tells them apart, and their rows say the same. A file of a source of snapshots takes back the rows
    whose ids it does not have, so that none counts twice.
    """
    source = opened.source
    if source.data_set != COUNTED or source.delivery == "snapshot":
        return False
    [(first, last)] = connection.execute("SELECT MIN(activity_date), MAX(activity_date) FROM door").fetchall()
    there = {name for name, *_ in connection.execute(f"DESCRIBE {quoted(COUNTED)}").fetchall()}
    if first is None or not there.issuperset(key):
        return False
    # The days stand in the query: DuckDB then skips the stretches of the table that have none of them.
    in_force = (
        f"SELECT * FROM {quoted(COUNTED)} WHERE activity_date BETWEEN DATE '{first}' AND DATE '{last}' "
        f"AND superseded_seq IS NULL AND source = {literal(source.source)}"
    )
    names = [quoted(name) for name in key]
    alike = [f"d.{name} = t.{name}" for name in map(quoted, _SAID)]
    alike += [f"{_read(f'd.{name}')} IS NOT DISTINCT FROM {_read(f't.{name}')}" for name in names]
    own, other = (f"concat_ws(', ', {', '.join(f'{row}.{name}' for name in names)})" for row in "dt")
    first_found = connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE alike AS
        SELECT d.line, d.row_key, MIN({own} || ' reads like ' || {other}) AS shown
        FROM door AS d JOIN ({in_force}) AS t ON {" AND ".join(alike)}
        WHERE d.row_key <> t.row_key AND {own} <> {other} GROUP BY ALL;
        FROM alike LIMIT 1
        """
    ).fetchall()
    # Hardly ever there is one: only then all keys are searched, for a row that is in force under its own id as well.
    if not first_found:
        return False
    [(found,)] = connection.execute(
        f"""
        INSERT INTO {opened.place}.faults
        SELECT line + {opened.first}, {literal(key[0])}, {literal(KNOWN_ROW)}, shown FROM alike
        WHERE line NOT IN (SELECT line FROM problems) AND row_key NOT IN ({in_force.replace("*", "row_key")})
        """
    ).fetchall()
    return bool(found)


def _read(column: str) -> str:
    """Return the SQL of how an id reads, whoever wrote it."""
    return f"lower(ltrim(replace(nfc_normalize(CAST({column} AS VARCHAR)), ' ', ''), '0'))"
