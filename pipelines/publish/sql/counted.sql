-- The transactions behind the positions of statements, read once for all payees and kept in the order of statements: by
-- figure, which is the number of the position. Read in parts afterwards; it is spilled where it does not fit in memory.
CREATE OR REPLACE TEMP TABLE counted AS
SELECT
    t.figure, t.activity_date, t.transaction_id, t.member_id AS buyer, t.product_id, t.type, t.quantity, t.unit,
    t.amount, t.currency, (CAST(t.load_seq AS BIGINT) << 40) + t.line AS entry
FROM ({trace}) AS t
ORDER BY t.figure, t.activity_date, t.transaction_id, entry
