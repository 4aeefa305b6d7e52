-- What the replaced warehouse has and the books have not: runs, decisions, batches, and what each of these paid.
WITH paid_for AS (
    SELECT n.payout_id, LIST(DISTINCT l.member_id ORDER BY l.member_id) AS members
    FROM replaced.payout_lines AS n JOIN replaced.ledger AS l USING (seq)
    WHERE n.until_run IS NULL AND l.member_id <> ''
    GROUP BY n.payout_id
)
SELECT 'run' AS what, run_id AS name, '' AS batch_id, '' AS document_id, '' AS payee_id, payout_period,
    '' AS currency, CAST(NULL AS DECIMAL(18, 4)) AS amount, '' AS person, started_at AS happened_at,
    CAST(TO_JSON(r) AS VARCHAR) AS content
FROM replaced.runs AS r
WHERE state <> 'computing' AND run_id NOT IN (SELECT run_id FROM runs)
UNION ALL
SELECT 'decision', hash, '', '', payee_id, period, currency, amount, person, decided_at, CAST(TO_JSON(d) AS VARCHAR)
FROM replaced.decisions AS d
WHERE hash NOT IN (SELECT hash FROM decisions)
UNION ALL
SELECT 'batch', batch_id, batch_id, '', '', '', '', NULL, person, recorded_at, CAST(TO_JSON(b) AS VARCHAR)
FROM replaced.batches AS b
WHERE batch_id NOT IN (SELECT batch_id FROM batches)
UNION ALL
SELECT 'payment', p.payout_id, p.batch_id, p.document_id, p.payee_id, p.payout_period, p.currency, p.amount, b.person,
    b.recorded_at, CAST(TO_JSON({'payout': p, 'members': m.members}) AS VARCHAR)
FROM replaced.batch_payouts AS p JOIN replaced.batches AS b USING (batch_id) LEFT JOIN paid_for AS m USING (payout_id)
WHERE p.batch_id NOT IN (SELECT batch_id FROM batches)
ORDER BY happened_at, what, name
