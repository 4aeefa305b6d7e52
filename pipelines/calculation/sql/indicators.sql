-- What was measured at completed visits, of the indicators that rules ask for, as text of its kind.
SELECT
    v.source || chr(31) || v.visit_id AS visit,
    k.kpi,
    k.kind,
    k.target,
    k.actual
FROM work.visit_kpis_in_force AS k
JOIN work.visits_in_force AS v USING (visit_id)
WHERE v.status = 'completed'
    AND k.kpi IN (SELECT m.target FROM work.terms AS m WHERE m.kind = 'visit_score')
