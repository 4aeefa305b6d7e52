-- Version 3: people's decisions, and payouts that keep their past; the payouts there are become drafts of the last run of
-- their payout period.

ALTER TABLE IF EXISTS runs ADD COLUMN decision_seq BIGINT DEFAULT 0;
CREATE TABLE IF NOT EXISTS decisions (
    decision_seq BIGINT PRIMARY KEY,
    kind VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    program VARCHAR NOT NULL,
    member_id VARCHAR NOT NULL,
    payee_id VARCHAR NOT NULL,
    period VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    amount DECIMAL(18, 4),
    person VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    reference VARCHAR NOT NULL,
    effective_on DATE,
    run_id VARCHAR,
    decided_at TIMESTAMP NOT NULL,
    previous_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS payout_drafts (
    payout_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    sequence INTEGER NOT NULL,
    payee_id VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    payout_period VARCHAR NOT NULL,
    amount DECIMAL(18, 4) NOT NULL,
    due_on DATE NOT NULL,
    reference VARCHAR NOT NULL,
    drafted_seq BIGINT NOT NULL,
    since_run INTEGER NOT NULL,
    until_run INTEGER,
    PRIMARY KEY (payout_id, since_run)
);

CREATE TABLE IF NOT EXISTS payout_lines (
    seq BIGINT NOT NULL,
    payout_id VARCHAR NOT NULL,
    since_run INTEGER NOT NULL,
    until_run INTEGER,
    PRIMARY KEY (seq, since_run)
);

INSERT INTO payout_drafts
SELECT payout_id, 'payout', 1, payee_id, currency, payout_period, amount, due_on, reference, 0, run_seq, NULL
FROM payouts
JOIN (SELECT payout_period, MAX(run_seq) AS run_seq FROM runs WHERE state <> 'computing' GROUP BY payout_period)
    USING (payout_period);

INSERT INTO payout_lines
SELECT l.seq, d.payout_id, d.since_run, NULL
FROM ledger AS l
JOIN payout_drafts AS d USING (payee_id, currency, payout_period);

DROP TABLE payouts;

CREATE MACRO IF NOT EXISTS payouts_known(last_run, last_decision) AS TABLE
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

CREATE VIEW IF NOT EXISTS payouts AS
SELECT * FROM payouts_known(2147483647, 9223372036854775807);
