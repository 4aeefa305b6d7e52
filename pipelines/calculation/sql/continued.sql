-- Every version of every transaction, but a row that was given another key between two runs as one that went on under
-- it: until its version under the other key ends. own_key: the key that the version has itself.
CREATE OR REPLACE TEMP TABLE continued AS
WITH followed AS (
    SELECT n.load_seq AS next_load, o.load_seq, n.line, n.row_key, n.superseded_seq, n.superseded_on
    FROM transactions AS n
    JOIN loads AS ln ON ln.load_seq = n.load_seq
    JOIN transactions AS o ON o.superseded_seq = n.load_seq AND o.line = n.line
    JOIN loads AS lo ON lo.load_seq = o.load_seq
    WHERE n.load_seq IN ({loads}) AND ln.rereads_seq = COALESCE(lo.rereads_seq, lo.load_seq)
)
SELECT
    v.* REPLACE (
        COALESCE(f.row_key, v.row_key) AS row_key,
        CASE WHEN f.line IS NULL THEN v.superseded_seq ELSE f.superseded_seq END AS superseded_seq,
        CASE WHEN f.line IS NULL THEN v.superseded_on ELSE f.superseded_on END AS superseded_on
    ),
    v.row_key AS own_key
FROM work.every_version AS v
LEFT JOIN followed AS f ON f.load_seq = v.load_seq AND f.line = v.line
ANTI JOIN followed AS b ON b.next_load = v.load_seq AND b.line = v.line
