-- Everything that happened to a payout, a request or an answer ($1), or to a transaction (its id): decisions of people
-- and of runs, and the drafts that runs made. A draft stands behind the last decision that its run knew.
WITH named AS (
    SELECT $1 AS subject
    UNION
    SELECT payout_id FROM batch_payouts WHERE document_id = $1 OR short_id = $1
    UNION
    SELECT subject FROM decisions WHERE kind IN ('exclude', 'include') AND reference = $1
    UNION
    SELECT a.subject FROM decisions AS a JOIN decisions AS e ON a.reference = e.subject
    WHERE a.kind IN ('ask_exclude', 'ask_include') AND e.kind IN ('exclude', 'include') AND e.reference = $1
),
events AS (
    SELECT d.decision_seq AS place, 0 AS run_place, d.decided_at AS happened_at, d.person, d.kind AS event, d.status,
        d.currency, d.amount, d.reason,
        -- What a manifest hashes is for verify; the account of an approval is its mark without the hash.
        CASE WHEN d.kind = 'export' THEN '' ELSE d.note END AS note,
        CASE WHEN d.kind = 'approve' THEN regexp_replace(d.reference, ' #[0-9a-f]+$', '') ELSE d.reference END
            AS reference,
        d.effective_on
    FROM decisions AS d JOIN named USING (subject)
    UNION ALL
    SELECT p.drafted_seq, p.since_run, r.started_at, 'rebatch', 'draft', 'draft', p.currency, p.amount,
        'run ' || r.run_id, '', p.reference, p.due_on
    FROM payout_drafts AS p JOIN named AS n ON n.subject = p.payout_id JOIN runs AS r ON r.run_seq = p.since_run
    UNION ALL
    SELECT r.decision_seq, p.until_run, r.started_at, 'rebatch', 'withdraw', 'withdrawn', p.currency, p.amount,
        'run ' || r.run_id, '', '', NULL
    FROM payout_drafts AS p JOIN named AS n ON n.subject = p.payout_id JOIN runs AS r ON r.run_seq = p.until_run
    WHERE NOT EXISTS (FROM payout_drafts AS q WHERE q.payout_id = p.payout_id AND q.since_run = p.until_run)
)
SELECT happened_at, person, event, status, currency, amount, reason, note, reference, effective_on
FROM events
ORDER BY place, run_place
