-- Every payout and invoice as it is now: what its postings calculated and adjusted, and what was paid of it. What was
-- carried over from earlier payout periods is in its amount alone.
WITH made_of AS (
    SELECT
        n.payout_id,
        COALESCE(SUM(l.amount) FILTER (l.kind IN ('rebate', 'restatement')), 0) AS calculated,
        COALESCE(SUM(l.amount) FILTER (l.kind IN ('adjustment', 'write_off')), 0) AS adjusted
    FROM payout_lines AS n
    JOIN payable AS l USING (seq)
    WHERE n.until_run IS NULL
    GROUP BY n.payout_id
),
answers AS (
    SELECT subject AS payout_id, SUM(amount) AS paid, MAX(effective_on) AS paid_on
    FROM decisions
    WHERE kind IN ('paid', 'short_paid')
    GROUP BY subject
)
SELECT
    p.payee_id, p.payout_id, p.kind, p.currency, p.payout_period, p.amount, p.status, p.due_on, p.reference,
    CAST(COALESCE(m.calculated, 0) AS DECIMAL(18, 4)) AS calculated,
    CAST(COALESCE(m.adjusted, 0) AS DECIMAL(18, 4)) AS adjusted,
    CAST(COALESCE(a.paid, 0) AS DECIMAL(18, 4)) AS paid,
    a.paid_on
FROM payouts AS p
LEFT JOIN made_of AS m USING (payout_id)
LEFT JOIN answers AS a USING (payout_id)
ORDER BY p.payee_id, p.payout_period DESC, p.currency, p.payout_id
