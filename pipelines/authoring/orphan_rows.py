"""Agreed rows: the enrolments, targets and baselines in force, against the rules that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.frames import has_table, read
from rules.authoring.orphan_rows import stray_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from rules.language.finding import Finding
    from rules.language.model import Program

NAMED = {
    "enrolments": "program, CAST(NULL AS VARCHAR) AS rebate, CAST(NULL AS VARCHAR) AS period",
    "targets": "program, rebate, period",
    "baselines": "program, rebate, period",
}
"""What the rows of each data set name."""


def find_stray(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program]) -> list[Finding]:
    """List what rows in force name and no rule has; nothing before anything was loaded."""
    rows = {
        data_set: read(
            connection,
            f"SELECT {names}, path, line FROM {data_set} JOIN loads USING (load_seq) WHERE superseded_seq IS NULL",  # noqa: S608 - names come from code
        )
        for data_set, names in NAMED.items()
        if has_table(connection, data_set)
    }
    gone = read(connection, "SELECT DISTINCT program FROM rule_versions")["program"].to_list()
    return stray_rows(rows, programs, gone)
