-- Version 7: a load remembers by which recipe the file was read, and what became of rows that it no longer has.

ALTER TABLE IF EXISTS loads ADD COLUMN recipe VARCHAR;
ALTER TABLE IF EXISTS loads ADD COLUMN rereads_seq INTEGER;
ALTER TABLE IF EXISTS loads ADD COLUMN rows_missing BIGINT;
ALTER TABLE IF EXISTS loads ADD COLUMN rows_withdrawn BIGINT;
