SELECT DISTINCT COALESCE(l.payee_id, p.payee_id) AS payee_id, x.member_id, x.transaction_id, x.activity_date,
    x.amount, x.currency, x.reason, x.note
FROM excluded AS x
JOIN work.payees AS p ON p.program = x.program AND p.member_id = x.owner_id
JOIN work.periods AS w ON w.program = x.program AND w.rebate = x.rebate AND w.period = x.period
LEFT JOIN (
    SELECT program, rebate, member_id, period, ARG_MIN(payee_id, seq) AS payee_id,
        COUNT(*) FILTER (payout_period = ?) AS postings_now
    FROM ledger
    WHERE kind IN ('rebate', 'restatement')
    GROUP BY program, rebate, member_id, period
) AS l ON l.program = x.program AND l.rebate = x.rebate AND l.member_id = x.owner_id AND l.period = x.period
WHERE w.horizon = 'to_date' OR (w.horizon = 'settled' AND (w.period_end >= ? OR l.postings_now > 0))
ORDER BY ALL
