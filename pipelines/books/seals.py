"""Seals: hashes of what the books held after each run, so that no later change goes unnoticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.warehouse.digest import digest, sha256_of
from pipelines.warehouse.frames import read, read_row
from pipelines.warehouse.ledger_head import head_of
from rules.ledger.hash_chain import FIRST_HASH

if TYPE_CHECKING:
    import duckdb

SEALED = """COALESCE(
    (SELECT MAX(e.{}) FROM runs AS e JOIN seals USING (run_id) WHERE e.run_seq < r.run_seq), 0
)"""
"""How far earlier sealed runs knew a table, as SQL: each seal covers what is new and builds on the one before."""

PARTS = {
    "run_hash": """
        SELECT run_id, fingerprint, as_of, load_seq, decision_seq, payout_period, product_version, config_text,
            rule_versions
        FROM runs WHERE run_id = $run_id
    """,
    "loads_hash": f"""
        SELECT l.* EXCLUDE (loaded_at) FROM loads AS l, runs AS r
        WHERE r.run_id = $run_id AND l.load_seq > {SEALED.format("load_seq")} AND l.load_seq <= r.load_seq
    """,  # noqa: S608 - constant text
    "rules_hash": """
        SELECT rule_version, program, file FROM rule_versions
        WHERE rule_version IN (SELECT UNNEST(rule_versions) FROM runs WHERE run_id = $run_id)
    """,
    "settlements_hash": "SELECT * FROM settlements WHERE run_id = $run_id",
    "decisions_hash": f"""
        SELECT d.* EXCLUDE (decided_at, previous_hash, hash) FROM decisions AS d, runs AS r
        WHERE r.run_id = $run_id AND d.decision_seq > {SEALED.format("decision_seq")}
            AND (d.decision_seq <= r.decision_seq OR d.run_id = $run_id)
    """,  # noqa: S608 - constant text
    "payouts_hash": """
        SELECT 'drafted' AS what, payout_id, kind, sequence, payee_id, currency, payout_period, amount, due_on,
            reference, drafted_seq, NULL AS seq
        FROM payout_drafts WHERE since_run = (SELECT run_seq FROM runs WHERE run_id = $run_id)
        UNION ALL BY NAME
        SELECT 'ended' AS what, payout_id FROM payout_drafts
        WHERE until_run = (SELECT run_seq FROM runs WHERE run_id = $run_id)
        UNION ALL BY NAME
        SELECT 'put in' AS what, payout_id, seq FROM payout_lines
        WHERE since_run = (SELECT run_seq FROM runs WHERE run_id = $run_id)
        UNION ALL BY NAME
        SELECT 'taken out' AS what, payout_id, seq FROM payout_lines
        WHERE until_run = (SELECT run_seq FROM runs WHERE run_id = $run_id)
    """,
    "origins_hash": "SELECT o.* FROM origins AS o JOIN ledger AS l USING (posting_id) WHERE l.run_id = $run_id",
}
"""What a run wrote or relied on besides the ledger: by column of a seal, the query whose digest it holds."""

ENTITLEMENTS = "SELECT * FROM work.entitlements"
"""The entitlements of the last computed run, which replaces those before: only its seal can be checked."""
FOUND = {"run_id": pl.String, "found": pl.String}
"""Columns of a finding about a seal."""


def seal(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Record the seal of the books as the run leaves them, in its posting transaction; a seal is never replaced."""
    if read_row(connection, "SELECT state FROM runs WHERE run_id = ?", [run_id]) != ("computing",):
        return
    seq, head = head_of(connection)
    row = {
        "run_id": run_id,
        "ledger_seq": seq,
        "ledger_hash": head,
        **_parts(connection, run_id),
        "entitlements_hash": digest(connection, ENTITLEMENTS),
        "previous_hash": last_seal(connection) or FIRST_HASH,
    }
    # Over the values in the order of the columns, previous_hash included: the seals form a chain.
    row["hash"] = sha256_of(list(row.values()))
    names, places = ", ".join(row), ", ".join(f"${name}" for name in row)
    connection.execute(f"INSERT INTO seals ({names}) VALUES ({places})", row)  # noqa: S608 - names from code


def seal_of(connection: duckdb.DuckDBPyConnection, run_id: str) -> str | None:
    """Return the hash of the run's seal; None for a run made before seals existed."""
    found = connection.execute("SELECT hash FROM seals WHERE run_id = ?", [run_id]).fetchall()
    return str(found[0][0]) if found else None


def last_seal(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the hash of the newest seal; None if there is none."""
    newest = "SELECT s.hash FROM seals AS s JOIN runs AS r USING (run_id) ORDER BY r.run_seq DESC LIMIT 1"
    found = connection.execute(newest).fetchall()
    return str(found[0][0]) if found else None


def broken_seals(connection: duckdb.DuckDBPyConnection, computed: str | None) -> pl.DataFrame:
    """Return everything that is not as a run sealed it: run_id, found.

    `computed`: the run whose entitlements are still in the schema `work`; None if there is none.
    """
    seals = read(connection, "SELECT s.* FROM seals AS s LEFT JOIN runs AS r USING (run_id) ORDER BY r.run_seq")
    ends = "SELECT seq, hash FROM ledger WHERE seq IN (SELECT ledger_seq FROM seals)"
    hashes = dict(connection.execute(ends).fetchall()) | {0: FIRST_HASH}
    found: list[tuple[str, str]] = []
    before = FIRST_HASH
    for row in seals.iter_rows(named=True):
        # Recomputed from the tables as they are now; wherever it differs from the stored row, something was changed.
        now = {**row, **_parts(connection, row["run_id"])}
        if row["run_id"] == computed:
            now["entitlements_hash"] = digest(connection, ENTITLEMENTS)
        now["ledger_hash"] = hashes.get(row["ledger_seq"], "")
        now["previous_hash"] = before
        now["hash"] = sha256_of([value for name, value in row.items() if name != "hash"])
        before = row["hash"]
        found += [(row["run_id"], _WORDS[name]) for name, value in row.items() if now[name] != value]
    return pl.DataFrame(found + _unsealed(connection), schema=FOUND, orient="row")


def changed_loads(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the runs for which the record of loaded files is no longer as it was sealed."""
    seals = connection.execute("SELECT run_id, loads_hash FROM seals JOIN runs USING (run_id) ORDER BY run_seq")
    query = PARTS["loads_hash"]
    return [run_id for run_id, kept in seals.fetchall() if digest(connection, query, {"run_id": run_id}) != kept]


UNSEALED = """
    SELECT run_id, 'the run has no seal' FROM runs
    WHERE state <> 'computing' AND run_id NOT IN (SELECT run_id FROM seals)
        AND run_seq > (SELECT MIN(run_seq) FROM runs JOIN seals USING (run_id))
    UNION ALL
    SELECT DISTINCT run_id, 'something was posted in its name after it was sealed' FROM ledger AS l
    JOIN seals AS s USING (run_id) WHERE l.seq > s.ledger_seq
    ORDER BY ALL
"""
"""Runs whose seal was removed (runs before the first seal never had one), or that were posted to after it."""


def _unsealed(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return [(run_id, found) for run_id, found in connection.execute(UNSEALED).fetchall()]


def _parts(connection: duckdb.DuckDBPyConnection, run_id: str) -> dict[str, str]:
    return {name: digest(connection, rows, {"run_id": run_id}) for name, rows in PARTS.items()}


_WORDS = {
    "ledger_hash": "the ledger no longer ends, or goes on, as the run left it",
    "run_hash": "what the run knew was changed",
    "loads_hash": "the list of files loaded was changed",
    "rules_hash": "the list of rule texts was changed",
    "decisions_hash": "what people had decided was changed",
    "payouts_hash": "what the run drafted to be paid was changed",
    "settlements_hash": "which periods the run settled was changed",
    "origins_hash": "why the run restated was changed",
    "entitlements_hash": "what the run computed was changed",
    "previous_hash": "the seal does not follow the one before it",
    "hash": "the seal itself was changed",
}
