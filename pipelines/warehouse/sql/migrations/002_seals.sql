-- Version 2: the books after each run are sealed, what was published is remembered, and a restatement names its origin.

ALTER TABLE IF EXISTS loads ADD COLUMN rows_hash VARCHAR;

CREATE TABLE IF NOT EXISTS seals (
    run_id VARCHAR PRIMARY KEY,
    ledger_seq BIGINT NOT NULL,
    ledger_hash VARCHAR NOT NULL,
    run_hash VARCHAR NOT NULL,
    loads_hash VARCHAR NOT NULL,
    rules_hash VARCHAR NOT NULL,
    settlements_hash VARCHAR NOT NULL,
    decisions_hash VARCHAR NOT NULL,
    payouts_hash VARCHAR NOT NULL,
    origins_hash VARCHAR NOT NULL,
    entitlements_hash VARCHAR NOT NULL,
    previous_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS publications (
    run_id VARCHAR PRIMARY KEY,
    manifest_sha256 VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS origins (
    posting_id VARCHAR NOT NULL,
    cause VARCHAR NOT NULL,
    load_seq INTEGER,
    rows BIGINT,
    first_line BIGINT,
    rule_version VARCHAR,
    rule_version_before VARCHAR
);
