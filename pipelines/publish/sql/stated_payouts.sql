-- The payouts that statements name: those of the payout period, and earlier ones of which something was still to be paid
-- when the payee got its last statement of an earlier period.
WITH paid AS (
    SELECT
        subject AS payout_id,
        SUM(amount) FILTER (decision_seq <= $before_decision) AS paid_before,
        SUM(amount) AS paid,
        MAX(effective_on) AS paid_on
    FROM decisions
    WHERE kind IN ('paid', 'short_paid') AND decision_seq <= $decision
    GROUP BY subject
)
SELECT
    p.payee_id, p.payout_id, p.currency, p.payout_period, p.amount, p.status, p.due_on, p.reference,
    CAST(COALESCE(a.paid, 0) AS DECIMAL(18, 4)) AS paid, a.paid_on
FROM payouts_known($run, $decision) AS p
LEFT JOIN paid AS a USING (payout_id)
WHERE p.payout_period = $payout_period
    OR (p.payout_period < $payout_period AND p.kind = 'payout' AND p.amount > COALESCE(a.paid_before, 0))
ORDER BY p.payee_id, p.currency, p.payout_period DESC, p.payout_id
