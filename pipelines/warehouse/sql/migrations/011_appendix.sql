-- What a restore of an older backup replaced is kept, so that nothing of it is paid again unseen.
CREATE TABLE IF NOT EXISTS appendix (
    decision_seq BIGINT NOT NULL,
    restored_at TIMESTAMP NOT NULL,
    what VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    batch_id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    payee_id VARCHAR NOT NULL,
    payout_period VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    amount DECIMAL(18, 4),
    person VARCHAR NOT NULL,
    happened_at TIMESTAMP NOT NULL,
    content VARCHAR NOT NULL
);
