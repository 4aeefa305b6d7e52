-- The logo of the pages is kept, once, and sealed with every run that found it.
CREATE TABLE IF NOT EXISTS logos (
    sha256 VARCHAR PRIMARY KEY,
    picture VARCHAR NOT NULL
);
ALTER TABLE IF EXISTS runs ADD COLUMN logo_sha256 VARCHAR;
ALTER TABLE IF EXISTS seals ADD COLUMN logos_hash VARCHAR;
