-- The indicators in force of the visits in `about`, in the order in which they were measured.
SELECT k.source || chr(31) || k.visit_id AS visit, k.kpi, k.product_id, k.kind, k.target, k.actual, k.unit
FROM ({kpis}) AS k
SEMI JOIN about ON about.visit = k.source || chr(31) || k.visit_id
ORDER BY k.source, k.visit_id, k.sequence, k.kpi, k.product_id
