"""References: ids that must be found in the data set they refer to, which may be their own."""

# Names are quoted and texts escaped: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.intake.reject_reasons import unknown
from pipelines.warehouse.quoting import literal, quoted
from schemas.catalogue import DATA_SETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from schemas.catalogue import DataSet


def collect_unknown(
    connection: duckdb.DuckDBPyConnection, data_set: DataSet, place: str, coming: Sequence[str] = ()
) -> None:
    """Write to `faults` the ids missing in the data set they refer to; `place` is the schema of both tables.

    `coming`: the SQL of ids in files of the same data set that are loaded after this one; they are known as well.
    """
    if not data_set.references:
        return
    is_within = data_set.name in data_set.references.values()
    while True:
        # A row that is refused is no longer there to be referred to, so others of its data set may be refused with it.
        [(added,)] = connection.execute(_insert(data_set, place, coming)).fetchall()
        if not is_within or not added:
            return


def _insert(data_set: DataSet, place: str, coming: Sequence[str]) -> str:
    parts = []
    for column, referred in data_set.references.items():
        key = quoted(DATA_SETS[referred].key[0])
        known = [f"SELECT {key} FROM {quoted(referred)}"]
        if referred == data_set.name:
            known += [f"SELECT {key} FROM {place}.doors WHERE line NOT IN (SELECT line FROM {place}.faults)", *coming]
        name, reason = literal(column), literal(unknown(referred))
        parts.append(f"""
            SELECT d.line, {name}, {reason}, d.{quoted(column)} FROM {place}.doors AS d
            WHERE d.{quoted(column)} IN (
                SELECT {quoted(column)} FROM (SELECT DISTINCT {quoted(column)} FROM {place}.doors) AS x
                ANTI JOIN ({" UNION ALL ".join(known)}) AS r ON r.{key} = x.{quoted(column)})
            AND NOT EXISTS (SELECT 1 FROM {place}.faults AS f WHERE f.line = d.line AND f.column_name = {name})
            """)
    return f"INSERT INTO {place}.faults {' UNION ALL '.join(parts)}"
