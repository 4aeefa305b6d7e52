-- What was posted, per member with the attributes it has now, before it is added up by whatever is asked for. month: of
-- the day on which it was posted. Amounts carried from payout to payout are no cost, and cancel each other.
SELECT
    l.program,
    l.rebate,
    l.tier,
    l.period,
    STRFTIME(l.posted_on, '%Y-%m') AS month,
    l.member_id,
    l.payee_id,
    l.currency,
    l.amount,
    m.* EXCLUDE (member_id)
FROM ledger AS l
LEFT JOIN ({members}) AS m USING (member_id)
WHERE l.kind IN ('rebate', 'restatement', 'adjustment', 'write_off')
