SELECT e.program, e.rebate, e.period, e.horizon, e.through, e.member_id, e.node_id, e.qualifier,
    CASE
        WHEN r.qualifier_kind <> 'plain' THEN r.qualifier_kind || ' of ' || r.qualifier_counted
        WHEN r.qualifier_counted NOT IN ('revenue', 'quantity') THEN r.qualifier_counted
    END AS qualifier_is,
    CASE
        WHEN r.qualifier_kind IN ('growth_percent', 'target_percent', 'share_percent')
            OR r.qualifier_counted = 'visit_score' THEN 'percent'
        WHEN r.qualifier_counted IN ('revenue', 'quantity') THEN q.target
    END AS qualifier_unit,
    e.baseline,
    CASE WHEN r.qualifier_kind <> 'plain' THEN q.target ELSE m.target END AS baseline_unit,
    e.measure,
    CASE
        WHEN r.measure_kind <> 'plain' THEN r.measure_kind || ' of ' || r.measure_counted
        WHEN r.measure_counted NOT IN ('revenue', 'quantity') THEN r.measure_counted
    END AS measure_is,
    CASE
        WHEN r.measure_kind IN ('growth_percent', 'target_percent', 'share_percent')
            OR r.measure_counted = 'visit_score' THEN 'percent'
        WHEN r.measure_counted IN ('revenue', 'quantity') THEN m.target
    END AS measure_unit,
    e.tier, CAST(t.bound AS DECIMAL(38, 18)) AS tier_from, t.rate,
    CASE
        WHEN r.measure_counted = 'revenue' AND r.measure_kind IN ('plain', 'growth_amount') THEN 'share'
        ELSE r.currency
    END AS rate_unit,
    t.fixed,
    e.days, e.period_days, e.rated, e.unrounded, e.node_amount, e.part,
    CASE WHEN r.measure_counted IN ('revenue', 'quantity') THEN m.target END AS part_unit,
    e.amount, e.currency,
    e.note, r.rule_version
FROM work.entitlements AS e
JOIN work.rebates AS r USING (program, rebate)
JOIN work.terms AS q ON q.program = r.program AND q.rebate = r.rebate AND q.term = r.qualifier_term
JOIN work.terms AS m ON m.program = r.program AND m.rebate = r.rebate AND m.term = r.measure_term
LEFT JOIN work.tiers AS t USING (program, rebate, tier)
WHERE ? IN (e.member_id, e.node_id) AND e.program = ?
ORDER BY e.rebate, e.period, e.horizon, e.node_id, e.member_id
