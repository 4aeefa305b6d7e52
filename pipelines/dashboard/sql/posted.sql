-- What was posted, as `rebatch cost` adds it up: by the month for which it was earned, or in which it was posted.
SELECT
    l.program,
    l.rebate,
    COALESCE(l.tier, 0) AS tier,
    COALESCE(m.region, '') AS region,
    STRFTIME(COALESCE(l.settled_through, l.posted_on), '%Y-%m') AS month,
    l.period,
    l.member_id AS member,
    l.currency,
    CAST(SUM(l.amount) AS DECIMAL(38, 4)) AS amount
FROM ledger AS l
LEFT JOIN dashboard_members AS m ON m.member = l.member_id
WHERE l.kind IN ('rebate', 'restatement', 'adjustment', 'write_off')
GROUP BY ALL
HAVING SUM(l.amount) <> 0
ORDER BY ALL
