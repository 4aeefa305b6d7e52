-- Made on every connection, in the schema of temporary things, which comes before that of the warehouse: a view or macro
-- that somebody stored in the warehouse file is never used.

-- The postings that payees have to do with: all but what is only accrued, for the general ledger.
CREATE OR REPLACE TEMP VIEW payable AS
SELECT * FROM ledger WHERE kind NOT IN ('accrual', 'accrual_reversal');

-- The payouts after the run `last_run`, and what they were by the decision `last_decision`.
CREATE OR REPLACE TEMP MACRO payouts_known(last_run, last_decision) AS TABLE
SELECT
    d.payout_id,
    d.kind,
    d.sequence,
    d.payee_id,
    d.currency,
    d.payout_period,
    d.amount,
    CASE WHEN d.amount = 0 THEN 'carried_forward' ELSE COALESCE(s.status, 'draft') END AS status,
    -- No run takes from it or adds to it any more: a person has looked at it, and it was not rejected.
    COALESCE(s.is_by_person AND s.status <> 'rejected', FALSE) AS is_frozen,
    d.due_on,
    d.reference,
    d.drafted_seq,
    d.since_run
FROM payout_drafts AS d
LEFT JOIN LATERAL (
    SELECT
        ARG_MAX(c.status, c.decision_seq) AS status,
        ARG_MAX(c.run_id IS NULL, c.decision_seq) AS is_by_person
    FROM decisions AS c
    WHERE c.subject = d.payout_id AND c.decision_seq > d.drafted_seq AND c.decision_seq <= last_decision
        AND c.kind NOT IN ('exclude', 'include')  -- which are about a transaction
) AS s ON TRUE
WHERE d.since_run <= last_run AND COALESCE(d.until_run > last_run, TRUE);

-- The payouts as they are now.
CREATE OR REPLACE TEMP VIEW payouts AS
SELECT * FROM payouts_known(2147483647, 9223372036854775807);
