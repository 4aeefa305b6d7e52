-- Version 4: exports, with the files that were sent.

CREATE TABLE IF NOT EXISTS batches (
    batch_seq INTEGER PRIMARY KEY,
    batch_id VARCHAR NOT NULL UNIQUE,
    profile VARCHAR NOT NULL,
    exported_on DATE NOT NULL,
    person VARCHAR NOT NULL,
    payouts INTEGER NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    published_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS batch_payouts (
    batch_id VARCHAR NOT NULL,
    payout_id VARCHAR NOT NULL,
    attempt INTEGER NOT NULL,
    document_id VARCHAR NOT NULL UNIQUE,
    short_id VARCHAR NOT NULL UNIQUE,
    payee_id VARCHAR NOT NULL,
    payout_period VARCHAR NOT NULL,
    amount DECIMAL(18, 4) NOT NULL,
    currency VARCHAR NOT NULL,
    PRIMARY KEY (payout_id, attempt)
);

CREATE TABLE IF NOT EXISTS batch_files (
    batch_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    path VARCHAR NOT NULL,
    content BLOB NOT NULL,
    sha256 VARCHAR NOT NULL,
    PRIMARY KEY (batch_id, path)
);
