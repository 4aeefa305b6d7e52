-- Every completed visit that ended on a day any rule looks at, by the span of its member and the date segment.
SELECT
    s.span,
    d.segment,
    v.source || chr(31) || v.visit_id AS visit
FROM work.visits_in_force AS v
JOIN work.days AS d ON d.activity_date = CAST(v.actual_end AS DATE)
JOIN work.member_spans AS s ON s.member_id = v.member_id AND d.activity_date BETWEEN s.valid_from AND s.valid_to
WHERE v.status = 'completed'
