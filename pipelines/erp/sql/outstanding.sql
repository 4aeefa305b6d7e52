WITH answered AS (
    SELECT subject AS payout_id, COALESCE(SUM(amount) FILTER (kind IN ('paid', 'short_paid')), 0) AS paid
    FROM decisions
    GROUP BY subject
),
tried AS (SELECT payout_id, MAX(attempt) AS attempts FROM batch_payouts GROUP BY payout_id)
SELECT p.payout_id, p.payee_id, p.status, COALESCE(t.attempts, 0) AS attempts, p.currency, p.amount,
    CAST(COALESCE(a.paid, 0) AS DECIMAL(18, 4)) AS paid,
    CAST(p.amount - COALESCE(a.paid, 0) AS DECIMAL(18, 4)) AS outstanding,
    p.due_on
FROM payouts AS p
LEFT JOIN answered AS a USING (payout_id)
LEFT JOIN tried AS t USING (payout_id)
WHERE p.kind = 'payout' AND p.amount > COALESCE(a.paid, 0)
ORDER BY p.due_on, p.payee_id, p.currency, p.payout_id
