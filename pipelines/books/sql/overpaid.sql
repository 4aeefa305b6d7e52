-- Payouts of which the ERP has paid more than they are, and what of it nobody has dealt with: neither recovered by an
-- approved adjustment nor dismissed. A request to recover it that still waits is named.
WITH answered AS (
    SELECT subject AS payout_id,
        COALESCE(SUM(amount) FILTER (kind IN ('paid', 'short_paid')), 0) AS paid,
        COALESCE(SUM(amount) FILTER (kind = 'dismiss'), 0) AS dismissed
    FROM decisions
    GROUP BY subject
),
requests AS (
    SELECT d.reference AS payout_id, d.subject AS request, -d.amount AS amount,
        (SELECT ARG_MAX(l.status, l.decision_seq) FROM decisions AS l WHERE l.subject = d.subject) AS status
    FROM decisions AS d
    WHERE d.kind = 'adjust' AND d.reference <> ''
),
recovered AS (
    SELECT payout_id,
        COALESCE(SUM(amount) FILTER (status = 'approved'), 0) AS amount,
        STRING_AGG(request, ', ' ORDER BY request) FILTER (status = 'in_review') AS waiting
    FROM requests
    GROUP BY payout_id
)
SELECT p.payout_id, p.payee_id, p.payout_period, p.currency, p.amount,
    CAST(a.paid AS DECIMAL(18, 4)) AS paid,
    CAST(a.paid - p.amount AS DECIMAL(18, 4)) AS overpaid,
    CAST(a.paid - p.amount - a.dismissed - COALESCE(r.amount, 0) AS DECIMAL(18, 4)) AS open,
    r.waiting
FROM payouts AS p
JOIN answered AS a USING (payout_id)
LEFT JOIN recovered AS r USING (payout_id)
WHERE p.kind = 'payout' AND a.paid - p.amount - a.dismissed - COALESCE(r.amount, 0) > 0
ORDER BY p.payee_id, p.currency, p.payout_id
