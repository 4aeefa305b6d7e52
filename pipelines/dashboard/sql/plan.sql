-- What was agreed as a target, beside what has been counted so far of revenue, in the currency of the rebate; of a group once.
SELECT
    t.program,
    t.rebate,
    t.period,
    t.member_id AS member,
    COALESCE(m.region, '') AS region,
    MAX(e.currency) AS currency,
    CAST(MAX(t.value) AS DECIMAL(38, 4)) AS target,
    CAST(MAX(e.measure) AS DECIMAL(38, 4)) AS actual
FROM targets AS t
JOIN (
    SELECT * FROM work.entitlements
    QUALIFY 1 = ROW_NUMBER() OVER (PARTITION BY program, rebate, node_id, period ORDER BY horizon DESC, member_id)
) AS e ON e.program = t.program AND e.rebate = t.rebate AND e.node_id = t.member_id AND e.period = t.period
JOIN work.rebates AS r ON r.program = t.program AND r.rebate = t.rebate
LEFT JOIN dashboard_members AS m ON m.member = t.member_id
WHERE t.superseded_seq IS NULL AND r.measure_kind = 'plain' AND r.measure_counted = 'revenue'
    AND t.value > 0 AND e.measure IS NOT NULL
GROUP BY ALL
ORDER BY ALL
