-- The visits that statements tell of: completed ones of the last three months (is_recent) at the payees' members
-- (`of_payees`), and of those of the last six what was agreed and is not done. One row is a task, or a visit without any.
WITH seen AS (
    SELECT p.payee_id, v.visit_id, v.member_id, CAST(COALESCE(v.actual_start, v.planned_start) AS DATE) AS visited_on
    FROM ({visits}) AS v
    JOIN of_payees AS p USING (member_id)
    WHERE v.status = 'completed' AND visited_on BETWEEN $as_of - INTERVAL 6 MONTH AND $as_of
)
SELECT
    s.payee_id, s.visit_id, s.member_id, s.visited_on, t.task_id, t.name, t.due_on, t.completed_on,
    COALESCE(t.completed_on IS NOT NULL OR t.status IN ('done', 'completed'), FALSE) AS is_done,
    s.visited_on > $as_of - INTERVAL 3 MONTH AS is_recent
FROM seen AS s
LEFT JOIN (
    SELECT * FROM ({tasks}) WHERE COALESCE(status, '') NOT IN ('cancelled', 'canceled', 'skipped')
) AS t USING (visit_id)
WHERE is_recent OR (t.task_id IS NOT NULL AND NOT is_done)
ORDER BY s.payee_id, s.visited_on DESC, s.visit_id, t.task_id
