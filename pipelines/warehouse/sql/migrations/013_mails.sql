-- What is sent by mail, and what became of it.
CREATE TABLE IF NOT EXISTS mails (
    message_id VARCHAR PRIMARY KEY,
    payee_id VARCHAR NOT NULL,
    payout_period VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    recipient VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    queued_at TIMESTAMP NOT NULL,
    UNIQUE (version, recipient)
);
CREATE TABLE IF NOT EXISTS mail_events (
    event_seq BIGINT PRIMARY KEY,
    message_id VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    happened_at TIMESTAMP NOT NULL,
    answer VARCHAR NOT NULL,
    person VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);
