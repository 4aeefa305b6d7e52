-- Each transaction that names a sale by its original_id, with its own day (named_on), and that sale and its day: that of
-- the same source and member, and of one day. A return of a return follows to the first sale. What names nothing that is
-- known has no sold_on, and counts on its own day alone.
-- `known` is read twice rather than kept: few rows name a sale, and all of them would have to be copied.
WITH RECURSIVE known AS NOT MATERIALIZED (
    SELECT row_key, source, member_id, transaction_id, original_id, activity_date
    FROM work.every_version
    WHERE {in_force}
),
naming AS MATERIALIZED (
    SELECT * FROM known WHERE original_id IS NOT NULL
),
found AS (
    SELECT k.source, k.member_id, k.transaction_id, MIN(k.activity_date) AS sold_on, MIN(k.original_id) AS original_id
    FROM known AS k
    SEMI JOIN naming AS n
        ON n.source = k.source AND n.member_id = k.member_id AND n.original_id = k.transaction_id
    GROUP BY k.source, k.member_id, k.transaction_id
    HAVING MIN(k.activity_date) = MAX(k.activity_date)
),
named AS (
    SELECT f.source, f.member_id, f.transaction_id, f.sold_on, o.transaction_id AS original_id
    FROM found AS f
    LEFT JOIN found AS o
        ON o.source = f.source AND o.member_id = f.member_id AND o.transaction_id = f.original_id
),
-- UNION, not UNION ALL: rows that name each other in a circle come to an end, and to no sale.
chain AS (
    SELECT row_key, source, member_id, activity_date, original_id AS transaction_id FROM naming
    UNION
    SELECT c.row_key, c.source, c.member_id, c.activity_date, n.original_id
    FROM chain AS c
    JOIN named AS n USING (source, member_id, transaction_id)
    WHERE n.original_id IS NOT NULL
)
SELECT k.row_key, k.activity_date AS named_on, s.sold_on, s.sale_id
FROM naming AS k
LEFT JOIN (
    SELECT c.row_key, n.sold_on, n.transaction_id AS sale_id
    FROM chain AS c
    JOIN named AS n USING (source, member_id, transaction_id)
    WHERE n.original_id IS NULL
) AS s USING (row_key)
ORDER BY k.row_key
