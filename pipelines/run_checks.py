"""Whether each run is still made from what it says, and each payout still what its postings make it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.frames import read
from pipelines.past import read_past_run, workspace_of
from pipelines.post import due_on
from pipelines.runs import Known, loaded_by, name_run
from rules.payouts import payouts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.workspace import Workspace

FOUND = {"run_id": pl.String, "found": pl.String}

LAST_RUNS = """
    SELECT payout_period, ARG_MAX(run_id, run_seq) FROM runs
    WHERE state <> 'computing'
    GROUP BY payout_period
"""


def changed_runs(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """List the runs whose id no longer follows from what they knew and from the run before them: FOUND."""
    return pl.DataFrame(list(_changed_runs(connection)), schema=FOUND, orient="row")


def _changed_runs(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    stored = {version for (version,) in connection.execute("SELECT rule_version FROM rule_versions").fetchall()}
    before = ""
    posted = read(connection, "SELECT * FROM runs WHERE state <> 'computing' ORDER BY run_seq")
    for run in posted.iter_rows(named=True):
        files = loaded_by(connection, run["load_seq"])
        known = Known(run["product_version"], run["as_of"], run["config_text"], run["rule_versions"], files)
        if known.fingerprint() != run["fingerprint"]:
            yield run["run_id"], "what the run knew was changed: its files, rules, configuration or day"
        if name_run(run["as_of"], run["fingerprint"], before) != run["run_id"]:
            yield run["run_id"], "the run does not follow the one before it"
        if not stored.issuperset(run["rule_versions"]):
            yield run["run_id"], "the text of a rule file that it read is gone"
        before = run["run_id"]


def changed_payouts(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, ledger: pl.DataFrame, payouts: pl.DataFrame
) -> pl.DataFrame:
    """List the payouts that are not what the postings of their period make them, their status apart."""
    wrong = [payouts.clear().drop("status")]
    for payout_period, run_id in connection.execute(LAST_RUNS).fetchall():
        last = read_past_run(connection, run_id)
        due = due_on(workspace_of(last, workspace.root), last.run.as_of)
        expected = payouts_of(ledger, payout_period, due).drop("status")
        found = payouts.filter(payout_period=payout_period).select(expected.columns)
        wrong += [
            found.join(expected, on=expected.columns, how="anti"),
            expected.join(found, on=expected.columns, how="anti"),
        ]
    return pl.concat(wrong).unique().sort("payout_period", "payee_id", "currency")
