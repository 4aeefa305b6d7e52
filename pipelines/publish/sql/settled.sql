-- What earlier statements told of periods that are closed: per payee, rebate and period the members that are not among
-- `shown` (the positions of the statements now), what was posted for them, and the payout period that last did so. Periods
-- that were settled more than a year ago are left out.
SELECT
    l.payee_id, l.program, l.rebate, l.period, COUNT(DISTINCT l.member_id) AS members,
    CAST(SUM(l.amount) AS DECIMAL(18, 4)) AS amount, MAX(l.payout_period) AS stated, MAX(l.settled_through) AS through
FROM payable AS l
ANTI JOIN shown USING (payee_id, program, rebate, member_id, period)
WHERE l.kind IN ('rebate', 'restatement', 'adjustment') AND l.payout_period < $payout_period AND l.rebate <> ''
GROUP BY l.payee_id, l.program, l.rebate, l.period
HAVING MAX(l.settled_through) >= $as_of - INTERVAL 1 YEAR
ORDER BY l.payee_id, l.program, l.rebate, l.period
