-- Per payout: its due date, lines and programs, who approved it as it is now, and the last decision about it.
WITH restarted AS (
    -- Approvals count from the last decision that asks for new ones, as rules/ledger/approvals.py counts them.
    SELECT p.payout_id,
        GREATEST(
            p.drafted_seq,
            COALESCE(MAX(d.decision_seq) FILTER (d.kind IN ('submit', 'reject', 'refused', 'review')), 0)
        ) AS since
    FROM payouts AS p LEFT JOIN decisions AS d ON d.subject = p.payout_id
    GROUP BY p.payout_id, p.drafted_seq
),
approved AS (
    SELECT r.payout_id, STRING_AGG(d.person, ', ' ORDER BY d.decision_seq) AS approved_by
    FROM restarted AS r JOIN decisions AS d ON d.subject = r.payout_id AND d.decision_seq > r.since
    WHERE d.kind = 'approve'
    GROUP BY r.payout_id
),
last AS (
    SELECT subject, ARG_MAX(kind, decision_seq) AS kind, ARG_MAX(person, decision_seq) AS person,
        ARG_MAX(reason, decision_seq) AS reason
    FROM decisions WHERE kind NOT IN ('exclude', 'include') GROUP BY subject
)
SELECT p.payout_id, p.due_on, COUNT(l.seq) AS lines,
    STRING_AGG(DISTINCT g.program, ', ' ORDER BY g.program) AS programs,
    MAX(a.approved_by) AS approved_by,
    MAX(d.person) AS decided_by,
    -- A run drafts a rejected payout anew: why it was rejected must not be lost on who looks at the new draft.
    MAX(CASE WHEN d.kind = 'reject' AND p.status <> 'rejected' THEN 'rejected: ' || d.reason ELSE d.reason END) AS reason
FROM payouts AS p
LEFT JOIN payout_lines AS l ON l.payout_id = p.payout_id AND l.until_run IS NULL
LEFT JOIN ledger AS g USING (seq)
LEFT JOIN approved AS a ON a.payout_id = p.payout_id
LEFT JOIN last AS d
    ON d.subject = p.payout_id AND (p.status NOT IN ('draft', 'carried_forward') OR d.kind = 'reject')
GROUP BY p.payout_id, p.due_on
