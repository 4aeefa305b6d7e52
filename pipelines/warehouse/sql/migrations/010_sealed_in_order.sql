-- Hashes of rows in order, in which no change of one row can make up for that of another; states and exports sealed too.
ALTER TABLE IF EXISTS loads ADD COLUMN rows_sha256 VARCHAR;
ALTER TABLE IF EXISTS seals ADD COLUMN method INTEGER DEFAULT 1;
ALTER TABLE IF EXISTS seals ADD COLUMN states_hash VARCHAR;
ALTER TABLE IF EXISTS seals ADD COLUMN batches_hash VARCHAR;

-- Views are made on every connection: one stored in the file could say anything.
DROP VIEW IF EXISTS payouts;
DROP MACRO TABLE IF EXISTS payouts_known;
DROP VIEW IF EXISTS payable;
