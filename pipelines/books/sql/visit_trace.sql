-- Which visits stand behind a figure, with what was measured at them where a score is taken, and the file of each row.
SELECT
    w.horizon,
    m.program,
    m.rebate,
    m.term,
    x.node_id,
    s.member_id,
    w.period,
    v.visit_id,
    v.actual_end,
    k.kpi,
    k.product_id,
    k.target,
    k.actual,
    l.path,
    COALESCE(k.line, v.line) AS line
FROM work.visits_in_force AS v
JOIN work.days AS d ON d.activity_date = CAST(v.actual_end AS DATE)
JOIN work.member_spans AS s ON s.member_id = v.member_id AND d.activity_date BETWEEN s.valid_from AND s.valid_to
JOIN work.participants AS x ON x.span = s.span AND NOT x.is_baseline
JOIN work.terms AS m ON m.program = x.program AND m.member_filter = x.member_filter AND m.kind IN ('visits', 'visit_score')
JOIN work.windows AS w ON w.term = m.term AND w.segment = d.segment
LEFT JOIN work.visit_kpis_in_force AS k ON m.kind = 'visit_score' AND k.visit_id = v.visit_id AND k.kpi = m.target
JOIN loads AS l ON l.load_seq = COALESCE(k.load_seq, v.load_seq)
WHERE v.status = 'completed'
    AND w.horizon IN ('settled', 'to_date')  -- not what is only there for a forecast
    AND (m.kind = 'visits' OR k.kpi IS NOT NULL)
    AND (
        s.member_id IN (SELECT member_id FROM wanted_members) OR x.node_id IN (SELECT member_id FROM wanted_members)
    )
    AND m.program IN (SELECT program FROM wanted_programs)
