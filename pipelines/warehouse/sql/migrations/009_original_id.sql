-- Version 9: a transaction may name the sale it belongs to.
ALTER TABLE IF EXISTS transactions ADD COLUMN IF NOT EXISTS original_id VARCHAR;
