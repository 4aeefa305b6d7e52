-- The figures of some programs (`wanted_programs`) that hold what some members (`wanted_members`) bought or have added
-- up at them, as trace.sql takes them: all of what is added up at such a member; elsewhere what it bought itself.
SELECT
    ROW_NUMBER() OVER () AS figure, 0 AS reader, w.horizon, m.program, m.rebate, m.term, n.node_id, w.period, n.buyer
FROM (
    SELECT DISTINCT x.program, x.member_filter, x.is_baseline, x.node_id,
        CASE WHEN x.node_id NOT IN (SELECT member_id FROM wanted_members) THEN s.member_id END AS buyer
    FROM work.participants AS x
    JOIN work.member_spans AS s USING (span)
    WHERE x.program IN (SELECT program FROM wanted_programs)
        AND (
            x.node_id IN (SELECT member_id FROM wanted_members) OR s.member_id IN (SELECT member_id FROM wanted_members)
        )
) AS n
JOIN work.terms AS m USING (program, member_filter, is_baseline)
JOIN (SELECT DISTINCT horizon, term, period FROM work.windows) AS w USING (term)
WHERE w.horizon IN ('settled', 'to_date')  -- not what is only there for a forecast
