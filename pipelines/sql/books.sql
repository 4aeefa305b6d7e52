-- The tables of the books. Those of the data sets are made from their models (schemas/), those in
-- `work` are made anew by every run; these are kept for ever and only ever added to,
-- but for the state of a run, of a payout and of a reject.

CREATE SCHEMA IF NOT EXISTS work;

-- Which schema this is: the highest number in migrations/. Whoever changes a table here adds a file there.
CREATE TABLE IF NOT EXISTS warehouse_version (version INTEGER NOT NULL);

-- One row per file that was read, with sums that prove that nothing was lost, and a hash over the rows it brought,
-- ended, refused and mended, so that a change of any of them shows.
CREATE TABLE IF NOT EXISTS loads (
    load_seq INTEGER PRIMARY KEY,
    data_set VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    format VARCHAR NOT NULL,
    rows_read BIGINT NOT NULL,
    rows_loaded BIGINT NOT NULL,
    rows_duplicate BIGINT NOT NULL,
    rows_superseded BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    amount_read DECIMAL(38, 4),
    amount_loaded DECIMAL(38, 4),
    amount_duplicate DECIMAL(38, 4),
    amount_superseded DECIMAL(38, 4),
    amount_rejected DECIMAL(38, 4),
    values_rounded BIGINT NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    rows_hash VARCHAR
);

-- One row per thing wrong with an input row; the original text is kept.
CREATE TABLE IF NOT EXISTS rejects (
    reject_id VARCHAR NOT NULL,
    load_seq INTEGER NOT NULL,
    data_set VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    line BIGINT NOT NULL,
    column_name VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    value VARCHAR,
    todo VARCHAR NOT NULL,
    original VARCHAR NOT NULL,
    resolved_seq INTEGER
);

-- The text of every rule file that was ever run, by the hash that postings carry.
CREATE TABLE IF NOT EXISTS rule_versions (
    rule_version VARCHAR PRIMARY KEY,
    program VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    text VARCHAR NOT NULL
);

-- One row per run: what it knew, and how far it came (computing, posted, published).
CREATE TABLE IF NOT EXISTS runs (
    run_seq INTEGER PRIMARY KEY,
    run_id VARCHAR NOT NULL UNIQUE,
    fingerprint VARCHAR NOT NULL,
    as_of DATE NOT NULL,
    load_seq INTEGER NOT NULL,
    payout_period VARCHAR NOT NULL,
    product_version VARCHAR NOT NULL,
    config_text VARCHAR NOT NULL,
    rule_versions VARCHAR[] NOT NULL,
    state VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);

-- The first run that settled a settlement period; whatever a later run finds for it is a restatement.
CREATE TABLE IF NOT EXISTS settlements (
    program VARCHAR NOT NULL,
    rebate VARCHAR NOT NULL,
    period VARCHAR NOT NULL,
    settled_through DATE NOT NULL,
    run_id VARCHAR NOT NULL,
    PRIMARY KEY (program, rebate, period, settled_through)
);

-- Append-only and hash-chained.
CREATE TABLE IF NOT EXISTS ledger (
    seq BIGINT PRIMARY KEY,
    posting_id VARCHAR NOT NULL UNIQUE,
    run_id VARCHAR NOT NULL,
    posted_on DATE NOT NULL,
    kind VARCHAR NOT NULL,
    program VARCHAR NOT NULL,
    rebate VARCHAR NOT NULL,
    member_id VARCHAR NOT NULL,
    payee_id VARCHAR NOT NULL,
    period VARCHAR NOT NULL,
    settled_through DATE,
    payout_period VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    amount DECIMAL(18, 4) NOT NULL,
    measure DECIMAL(38, 10),
    qualifier DECIMAL(38, 10),
    tier INTEGER,
    rule_version VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    author VARCHAR NOT NULL,
    previous_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL
);

-- One payee, currency and payout period; the amount is the sum of its postings.
CREATE TABLE IF NOT EXISTS payouts (
    payout_id VARCHAR PRIMARY KEY,
    payee_id VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    payout_period VARCHAR NOT NULL,
    amount DECIMAL(18, 4) NOT NULL,
    status VARCHAR NOT NULL,
    due_on DATE NOT NULL,
    reference VARCHAR NOT NULL
);

-- What the books held after a run, in hashes, each seal chained to the one before; manifests carry its hash outside.
CREATE TABLE IF NOT EXISTS seals (
    run_id VARCHAR PRIMARY KEY,
    ledger_seq BIGINT NOT NULL,
    ledger_hash VARCHAR NOT NULL,
    run_hash VARCHAR NOT NULL,
    loads_hash VARCHAR NOT NULL,
    rules_hash VARCHAR NOT NULL,
    settlements_hash VARCHAR NOT NULL,
    origins_hash VARCHAR NOT NULL,
    entitlements_hash VARCHAR NOT NULL,
    previous_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL
);

-- The manifest of each published folder, so that a folder that was removed or exchanged as a whole is noticed.
CREATE TABLE IF NOT EXISTS publications (
    run_id VARCHAR PRIMARY KEY,
    manifest_sha256 VARCHAR NOT NULL
);

-- Why a restatement was posted: rows of a file that came late or corrected others, a changed rule text, or other data.
CREATE TABLE IF NOT EXISTS origins (
    posting_id VARCHAR NOT NULL,
    cause VARCHAR NOT NULL,
    load_seq INTEGER,
    rows BIGINT,
    first_line BIGINT,
    rule_version VARCHAR,
    rule_version_before VARCHAR
);
