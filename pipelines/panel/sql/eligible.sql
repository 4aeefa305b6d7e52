-- The rebates of open periods in which a member may still take part and in which nothing was counted yet: by member, and
-- for who is paid for it.
WITH takes_part AS (
    SELECT DISTINCT x.member_id, t.program, t.rebate, p.period, p.period_end
    FROM work.participants AS x
    JOIN work.member_spans AS s USING (span, member_id)
    JOIN (SELECT DISTINCT program, rebate, member_filter FROM work.terms) AS t USING (program, member_filter)
    JOIN work.periods AS p ON p.program = t.program AND p.rebate = t.rebate AND p.horizon = 'to_date'
    WHERE NOT x.is_baseline
        AND p.period_end >= $as_of
        AND s.valid_from <= p.period_end
        AND COALESCE(s.valid_to >= $as_of, true)
),
idle AS (
    SELECT t.*
    FROM takes_part AS t
    ANTI JOIN work.entitlements AS e
        ON e.program = t.program AND e.rebate = t.rebate AND e.member_id = t.member_id AND e.period = t.period
)
SELECT member_id AS panel_id, program, rebate, member_id, period, period_end FROM idle
UNION
SELECT y.payee_id, i.program, i.rebate, i.member_id, i.period, i.period_end
FROM idle AS i
JOIN work.payees AS y USING (program, member_id)
ORDER BY ALL
