"""The parts of a seal: what a run wrote or relied on besides the ledger, each as the query whose digest it holds."""

from __future__ import annotations

NEWEST = 4
"""The method by which runs are sealed now: hashes of rows in order (`warehouse.digest`), logos included.

Method 1, that of warehouses up to version 9, hashed otherwise and knew neither states nor batches; method 2, up to
version 13, did not know templates of visits; method 3, up to version 14, did not know logos. A seal covers all since
the last one by its own method or a later one, so that the first of a method covers again whatever those before did.
"""

RUNS = "SELECT run_id FROM runs WHERE run_seq > $since_run AND run_seq <= $run"

PARTS = {
    "run_hash": f"""
        SELECT run_id, fingerprint, as_of, load_seq, decision_seq, payout_period, product_version, config_text,
            CAST(TO_JSON(rule_versions) AS VARCHAR) AS rule_versions
        FROM runs WHERE run_id IN ({RUNS})
    """,  # noqa: S608 - constant text
    "loads_hash": "SELECT * EXCLUDE (loaded_at) FROM loads WHERE load_seq > $since_load AND load_seq <= $load",
    "rules_hash": f"""
        SELECT rule_version, program, file FROM rule_versions
        WHERE rule_version IN (SELECT UNNEST(rule_versions) FROM runs WHERE run_id IN ({RUNS}))
    """,  # noqa: S608 - constant text
    "settlements_hash": f"SELECT * FROM settlements WHERE run_id IN ({RUNS})",  # noqa: S608 - constant text
    "decisions_hash": f"""
        SELECT * EXCLUDE (decided_at, previous_hash, hash) FROM decisions
        WHERE decision_seq > $since_decision AND (decision_seq <= $decision OR run_id IN ({RUNS}))
    """,  # noqa: S608 - constant text
    "payouts_hash": """
        SELECT 'drafted' AS what, payout_id, kind, sequence, payee_id, currency, payout_period, amount, due_on,
            reference, drafted_seq, NULL AS seq
        FROM payout_drafts WHERE since_run > $since_run AND since_run <= $run
        UNION ALL BY NAME
        SELECT 'ended' AS what, payout_id FROM payout_drafts WHERE until_run > $since_run AND until_run <= $run
        UNION ALL BY NAME
        SELECT 'put in' AS what, payout_id, seq FROM payout_lines WHERE since_run > $since_run AND since_run <= $run
        UNION ALL BY NAME
        SELECT 'taken out' AS what, payout_id, seq FROM payout_lines WHERE until_run > $since_run AND until_run <= $run
    """,
    "origins_hash": f"SELECT o.* FROM origins AS o JOIN ledger AS l USING (posting_id) WHERE l.run_id IN ({RUNS})",  # noqa: S608 - constant text
    # Of the runs before: how far a run came is only known once the next has begun.
    "states_hash": """
        SELECT r.run_id, r.state, r.started_at, r.finished_at, p.manifest_sha256
        FROM runs AS r LEFT JOIN publications AS p USING (run_id) WHERE r.run_seq >= $since_run AND r.run_seq < $run
    """,
    "batches_hash": """
        WITH sent AS (
            SELECT DISTINCT reference AS batch_id FROM decisions
            WHERE kind = 'export' AND decision_seq > $since_decision AND decision_seq <= $decision
        )
        SELECT 'batch' AS what, batch_id, profile, exported_on, person, payouts, recorded_at
        FROM batches SEMI JOIN sent USING (batch_id)
        UNION ALL BY NAME
        SELECT 'payout' AS what, * FROM batch_payouts SEMI JOIN sent USING (batch_id)
        UNION ALL BY NAME
        SELECT 'file' AS what, batch_id, position, path, sha256 FROM batch_files SEMI JOIN sent USING (batch_id)
    """,
    "templates_hash": f"SELECT * FROM visit_templates WHERE run_id IN ({RUNS})",  # noqa: S608 - constant text
    "logos_hash": f"""
        SELECT run_id, sha256, picture FROM runs JOIN logos ON sha256 = logo_sha256 WHERE run_id IN ({RUNS})
    """,  # noqa: S608 - constant text
}
"""What a run wrote or relied on besides the ledger: by column of a seal, the query whose digest it holds."""

THIRD_PARTS = {name: rows for name, rows in PARTS.items() if name != "logos_hash"}
"""The parts of a seal by method 3."""

SECOND_PARTS = {name: rows for name, rows in THIRD_PARTS.items() if name != "templates_hash"}
"""The parts of a seal by method 2."""

FIRST_PARTS = {name: rows for name, rows in SECOND_PARTS.items() if name not in {"states_hash", "batches_hash"}} | {
    "run_hash": PARTS["run_hash"].replace("CAST(TO_JSON(rule_versions) AS VARCHAR) AS rule_versions", "rule_versions"),
    "loads_hash": PARTS["loads_hash"].replace("(loaded_at)", "(loaded_at, rows_sha256)"),
}
"""The parts of a seal by method 1."""
