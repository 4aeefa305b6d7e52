-- Where every node stands in the periods that are open, or closed and not yet settled; of a shared payout once.
SELECT DISTINCT
    e.program,
    e.rebate,
    e.node_id AS member_id,
    e.period,
    e.period_end AS until,
    e.qualifier,
    e.measure,
    e.baseline,
    e.tier,
    e.days,
    e.period_days,
    e.node_amount AS earned,
    e.currency
FROM work.entitlements AS e
CROSS JOIN (SELECT as_of FROM runs JOIN work.run USING (run_id)) AS r
WHERE e.horizon = 'to_date' AND e.period_end >= r.as_of
ORDER BY e.program, e.rebate, member_id, e.period
