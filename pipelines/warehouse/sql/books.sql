-- The tables of the books. Those of the data sets are made from their models (schemas/), those in
-- `work` are made anew by every run; these are kept for ever and only ever added to,
-- but for the state of a run and of a reject, and the run that put another draft or line in a place.

CREATE SCHEMA IF NOT EXISTS work;

-- Which schema this is: the highest number in migrations/. Whoever changes a table here adds a file there.
CREATE TABLE IF NOT EXISTS warehouse_version (version INTEGER NOT NULL);

-- One row per file that was read, with sums that prove that nothing was lost, and a hash over the rows it brought,
-- ended, refused and mended, so that a change of any of them shows: `rows_sha256`, which loads made before there was one
-- got from the next run, and `rows_hash`, the hash of those days. `recipe` is how it was read; `rereads_seq` the load
-- that first brought this content to its path, where the same bytes were read again by another recipe. `rows_missing`:
-- rows of earlier contents of the path that were in force and not in the file; `rows_withdrawn`: those that ended with it.
-- `format` is what the file is, or `kept` where rekey gave rows of its content that were kept other keys.
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
    rows_hash VARCHAR,
    recipe VARCHAR,
    rereads_seq INTEGER,
    rows_missing BIGINT,
    rows_withdrawn BIGINT,
    rows_sha256 VARCHAR
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

-- The wording of every program that was ever run, by the hash that postings carry: the text of its rule file and,
-- behind it, that of a calendar of one's own.
CREATE TABLE IF NOT EXISTS rule_versions (
    rule_version VARCHAR PRIMARY KEY,
    program VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    text VARCHAR NOT NULL
);

-- The templates of visits as each run found them: measures and reports of its day can be made again.
CREATE TABLE IF NOT EXISTS visit_templates (
    run_id VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    PRIMARY KEY (run_id, file)
);

-- The logos that runs found, each once, as the data URI that their pages hold: those can be made again.
CREATE TABLE IF NOT EXISTS logos (
    sha256 VARCHAR PRIMARY KEY,
    picture VARCHAR NOT NULL
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
    finished_at TIMESTAMP,
    decision_seq BIGINT DEFAULT 0,
    logo_sha256 VARCHAR
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

-- What was decided about a payout, an adjustment, a write-off, a transaction or an answer, by whom and why. Append-only
-- and hash-chained. `status` is what the subject is from then on. `run_id` names the run that decided by itself, by what the
-- workspace says of small amounts; it is null where a person did. `decided_at` is for the record only: nothing is computed of it.
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

-- A payout as a run drafted it: one payee, currency, payout period and sequence; the amount is the sum of its lines.
-- Decisions after `drafted_seq` are about this draft; `until_run` is the run that drafted the payout anew, or no more.
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

-- Which payout a posting is in: a posting (`seq`) has one line that holds, once its payout period has come.
CREATE TABLE IF NOT EXISTS payout_lines (
    seq BIGINT NOT NULL,
    payout_id VARCHAR NOT NULL,
    since_run INTEGER NOT NULL,
    until_run INTEGER,
    PRIMARY KEY (seq, since_run)
);

-- One row per export, written in one transaction with the decisions that it makes; `published_at` is when its folder
-- was there first. A batch without it is unfinished: the next export completes it.
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

-- Each attempt to pay a payout: there is never a second row for one.
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

-- The files of a batch as they were written, in their order: what was sent stays known whatever becomes of the folder.
CREATE TABLE IF NOT EXISTS batch_files (
    batch_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    path VARCHAR NOT NULL,
    content BLOB NOT NULL,
    sha256 VARCHAR NOT NULL,
    PRIMARY KEY (batch_id, path)
);

-- What the books held after a run, in hashes, each seal chained to the one before; manifests carry its hash outside.
-- `method`: 1 where the hashes are made as they were up to version 9 of the warehouse; 2 where they are SHA-256 of rows
-- in order. The first seal by method 2 covers whatever earlier ones did.
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
    hash VARCHAR NOT NULL,
    method INTEGER DEFAULT 1,
    states_hash VARCHAR,
    batches_hash VARCHAR,
    templates_hash VARCHAR,
    logos_hash VARCHAR
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

-- What a restore replaced: runs, decisions, batches and payments that the restored backup does not know (`what`), by their
-- id (`name`), each with all that was known of it. `decision_seq` is the restore, whose note holds the hash of its rows.
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

-- The outbox: a version of a statement (a hash of what it pays) to one recipient. `message_id` is a hash of the two, and
-- stands here before any server hears of it.
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

-- What became of each mail, in order; the last is its state: pending, sending, sent, failed, or unknown. `answer` is what
-- the server said, `person` and `reason` are of who had it sent again.
CREATE TABLE IF NOT EXISTS mail_events (
    event_seq BIGINT PRIMARY KEY,
    message_id VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    happened_at TIMESTAMP NOT NULL,
    answer VARCHAR NOT NULL,
    person VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);
