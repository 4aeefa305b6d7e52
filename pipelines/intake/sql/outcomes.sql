INSERT INTO outcomes
WITH in_force AS (SELECT row_key, received_on, content, arrival FROM contest WHERE NOT is_new),
placed AS (
    SELECT c.*,
        COALESCE(c.received_on < f.received_on, false)
        OR COALESCE(c.received_on IS NOT DISTINCT FROM f.received_on AND c.arrival < f.arrival, false) AS is_late,
        c.content IS NOT DISTINCT FROM f.content AND f.row_key IS NOT NULL AS is_as_in_force
    FROM contest AS c LEFT JOIN in_force AS f USING (row_key)
),
chain AS (
    SELECT *,
        ROW_NUMBER() OVER one_by_one > 1 AND content IS NOT DISTINCT FROM LAG(content) OVER one_by_one AS is_repeated
    FROM placed WHERE NOT is_late
    WINDOW one_by_one AS (PARTITION BY row_key ORDER BY received_on NULLS FIRST, is_new, line)
),
versions AS (
    SELECT *, LEAD(line) OVER next_one AS next_line, LEAD(received_on) OVER next_one AS next_received_on
    FROM chain WHERE NOT is_repeated
    WINDOW next_one AS (PARTITION BY row_key ORDER BY received_on NULLS FIRST, is_new, line)
)
SELECT line, place, is_new, CASE WHEN next_line IS NULL THEN 'loaded' ELSE 'superseded' END AS outcome,
    CASE WHEN NOT is_own THEN next_received_on END AS superseded_on
FROM versions
UNION ALL
SELECT line, place, is_new, 'duplicate', NULL FROM chain WHERE is_repeated
UNION ALL
SELECT line, place, is_new, CASE WHEN is_as_in_force THEN 'duplicate' ELSE 'superseded' END, received_on
FROM placed WHERE is_late
