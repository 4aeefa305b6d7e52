SELECT e.program, e.rebate, e.period, e.horizon, e.through, e.member_id, e.node_id, e.qualifier,
    CASE
        WHEN r.qualifier_kind <> 'plain' THEN r.qualifier_kind || ' of ' || r.qualifier_counted
        WHEN r.qualifier_counted NOT IN ('revenue', 'quantity') THEN r.qualifier_counted
    END AS qualifier_is,
    e.baseline, e.measure,
    CASE
        WHEN r.measure_kind <> 'plain' THEN r.measure_kind || ' of ' || r.measure_counted
        WHEN r.measure_counted NOT IN ('revenue', 'quantity') THEN r.measure_counted
    END AS measure_is,
    e.tier, t.bound AS tier_from, t.rate, t.fixed,
    e.days, e.period_days, e.rated, e.unrounded, e.node_amount, e.part, e.amount, e.currency,
    e.note, r.rule_version
FROM work.entitlements AS e
JOIN work.rebates AS r USING (program, rebate)
LEFT JOIN work.tiers AS t USING (program, rebate, tier)
WHERE ? IN (e.member_id, e.node_id) AND e.program = ?
ORDER BY e.rebate, e.period, e.horizon, e.node_id, e.member_id
