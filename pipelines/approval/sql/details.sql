SELECT p.payout_id, p.due_on, COUNT(l.seq) AS lines,
    STRING_AGG(DISTINCT g.program, ', ' ORDER BY g.program) AS programs,
    MAX(d.person) AS decided_by, MAX(d.reason) AS reason
FROM payouts AS p
LEFT JOIN payout_lines AS l ON l.payout_id = p.payout_id AND l.until_run IS NULL
LEFT JOIN ledger AS g USING (seq)
LEFT JOIN (
    SELECT subject, ARG_MAX(person, decision_seq) AS person, ARG_MAX(reason, decision_seq) AS reason
    FROM decisions WHERE kind NOT IN ('exclude', 'include') GROUP BY subject
) AS d ON d.subject = p.payout_id AND p.status NOT IN ('draft', 'carried_forward')
GROUP BY p.payout_id, p.due_on
