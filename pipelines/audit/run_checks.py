"""Checks of each run: its id still follows from its inputs and from the run before it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.runs import Known, loaded_by, name_run
from pipelines.warehouse.frames import read, read_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    import duckdb

FOUND = {"run_id": pl.String, "found": pl.String}
"""Columns of a finding about a run."""


def changed_runs(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the runs whose id no longer follows from their inputs and the run before, with the columns FOUND."""
    return pl.DataFrame(list(_changed_runs(connection)), schema=FOUND, orient="row")


def _changed_runs(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """Yield run and finding for every run that is not as it was made."""
    stored = {version for (version,) in connection.execute("SELECT rule_version FROM rule_versions").fetchall()}
    before = ""
    posted = read(connection, "SELECT * FROM runs WHERE state <> 'computing' ORDER BY run_seq")
    for run in posted.iter_rows(named=True):
        if run["fingerprint"] not in _fingerprints(connection, run):
            yield run["run_id"], "what the run knew was changed: its files, rules, configuration or day"
        if name_run(run["as_of"], run["fingerprint"], before) != run["run_id"]:
            yield run["run_id"], "the run does not follow the one before it"
        if not stored.issuperset(run["rule_versions"]):
            yield run["run_id"], "the text of a rule file that it read is gone"
        before = run["run_id"]


def _fingerprints(connection: duckdb.DuckDBPyConnection, run: Mapping[str, Any]) -> list[str]:
    """Return the fingerprints that the run may have: one made before decisions existed does not include them."""
    by_people = "SELECT COALESCE(MAX(decision_seq), 0) FROM decisions WHERE run_id IS NULL AND decision_seq <= ?"
    (decided,) = read_row(connection, by_people, [run["decision_seq"]])
    files = loaded_by(connection, run["load_seq"])
    known = Known(run["product_version"], run["as_of"], run["config_text"], run["rule_versions"], files, decided)
    return [known.fingerprint(), *([] if decided else [replace(known, decided=None).fingerprint()])]
