-- The account of every payee and currency since its last statement of an earlier payout period ($before_run, with the
-- decisions up to $before_decision; 0 where there is none): what it stood at, and every entry since. Amounts are as the
-- payee sees them: above zero what it is owed. What is carried from one payout period to the next stays in the account.
WITH stated AS (FROM payouts_known($run, $decision)),
stated_before AS (FROM payouts_known($before_run, $before_decision)),
answers AS (
    SELECT decision_seq, subject AS payout_id, amount, reference, effective_on, decision_seq > $before_decision AS is_new
    FROM decisions
    WHERE kind IN ('paid', 'short_paid') AND decision_seq <= $decision
),
-- Of what was paid above a payout the payee owes nothing until somebody recovers it, by an adjustment.
received AS (
    SELECT
        p.payee_id, p.currency, p.payout_id, p.payout_period,
        COALESCE(SUM(a.amount) FILTER (NOT a.is_new), 0) AS paid_before,
        GREATEST(SUM(a.amount) - p.amount, 0) AS overpaid,
        GREATEST(paid_before - p.amount, 0) AS overpaid_before
    FROM stated AS p
    JOIN answers AS a USING (payout_id)
    GROUP BY p.payee_id, p.currency, p.payout_id, p.payout_period, p.amount
),
postings AS (
    SELECT l.*, r.run_seq <= $before_run AS is_known, n.payout_id
    FROM payable AS l
    JOIN runs AS r USING (run_id)
    LEFT JOIN payout_lines AS n
        ON n.seq = l.seq AND n.since_run <= $run AND COALESCE(n.until_run > $run, TRUE)
    WHERE l.kind <> 'carry_forward' AND r.run_seq <= $run
),
opening AS (
    SELECT payee_id, currency, amount FROM postings WHERE is_known
    UNION ALL SELECT payee_id, currency, overpaid_before - paid_before FROM received
    UNION ALL SELECT payee_id, currency, -amount FROM stated_before WHERE kind = 'invoice'
),
entries AS (
    SELECT payee_id, currency, 'opening' AS entry, 0 AS place, SUM(amount) AS amount
    FROM opening
    GROUP BY payee_id, currency
    UNION ALL BY NAME
    SELECT
        payee_id, currency,
        CASE kind
            WHEN 'rebate' THEN 'earned' WHEN 'restatement' THEN 'restated' WHEN 'adjustment' THEN 'adjusted' ELSE kind
        END AS entry,
        seq AS place, amount, posted_on AS day, payout_id, payout_period, program, rebate, period, member_id,
        CASE WHEN kind IN ('adjustment', 'write_off') THEN reason END AS reason
    FROM postings
    WHERE NOT is_known
    UNION ALL BY NAME
    SELECT
        p.payee_id, p.currency, 'paid' AS entry, a.decision_seq AS place, -a.amount AS amount, a.effective_on AS day,
        p.payout_id, p.payout_period, a.reference
    FROM answers AS a
    JOIN stated AS p USING (payout_id)
    WHERE a.is_new
    UNION ALL BY NAME
    SELECT
        payee_id, currency, 'overpaid' AS entry, 0 AS place, overpaid - overpaid_before AS amount, payout_id, payout_period
    FROM received
    WHERE overpaid <> overpaid_before
    UNION ALL BY NAME
    SELECT
        COALESCE(n.payee_id, b.payee_id) AS payee_id, COALESCE(n.currency, b.currency) AS currency,
        'invoiced' AS entry, 0 AS place, COALESCE(b.amount, 0) - COALESCE(n.amount, 0) AS amount, payout_id,
        COALESCE(n.payout_period, b.payout_period) AS payout_period
    FROM (FROM stated WHERE kind = 'invoice') AS n
    FULL JOIN (FROM stated_before WHERE kind = 'invoice') AS b USING (payout_id)
    WHERE n.amount IS DISTINCT FROM b.amount
)
SELECT
    payee_id, currency, entry, day, payout_id, payout_period, program, rebate, period, member_id, reference, reason,
    CAST(amount AS DECIMAL(18, 4)) AS amount
FROM entries
WHERE amount <> 0
ORDER BY
    payee_id, currency,
    LIST_POSITION(['opening', 'earned', 'restated', 'adjusted', 'write_off', 'paid', 'overpaid', 'invoiced'], entry),
    payout_id, place
