-- Who counts of the rows of the table `rekeyed` that would have one key, and whether that can be told. version: the number
-- or day by which the source orders versions of a key, else 0; is_ordered: whether it says which of them counts.
CREATE OR REPLACE TEMP TABLE contest AS
WITH shared AS (
    SELECT r.place, r.new_key, r.old_key, row({content}) AS content, t."its version" AS version,
        r.old_key IN ({excluded}) AS is_excluded,
        ROW_NUMBER() OVER (ORDER BY r.received_on NULLS FIRST, r.arrival, r.line, r.place) AS n
    FROM rekeyed AS r
    JOIN (SELECT *, rowid AS "its place", {version} AS "its version" FROM {table}) AS t
        ON t."its place" = r.place
    WHERE new_key IN (SELECT new_key FROM rekeyed GROUP BY new_key HAVING COUNT(*) > 1)
),
topped AS (SELECT *, MAX(version) OVER (PARTITION BY new_key) AS top FROM shared),
judged AS (
    SELECT new_key, COUNT(DISTINCT content) > 1 AS differ, {is_ordered} AS is_ordered,
        BOOL_OR(version IS NULL) AS is_open, BOOL_OR(is_excluded) <> BOOL_AND(is_excluded) AS is_disputed,
        ARG_MIN(place, n) AS first_place, ARG_MAX(place, n) FILTER (version = top) AS last_place
    FROM topped GROUP BY new_key
)
SELECT s.*, is_disputed, differ AND (NOT is_ordered OR is_open) AS is_contradiction,
    CASE WHEN differ THEN last_place ELSE first_place END AS winner
FROM topped AS s JOIN judged USING (new_key);
UPDATE rekeyed SET outcome = 'loaded' WHERE new_key NOT IN (SELECT new_key FROM contest);
UPDATE rekeyed SET outcome = CASE
    WHEN c.is_contradiction OR c.is_disputed THEN NULL WHEN c.place = c.winner THEN 'loaded'
    WHEN c.content IS NOT DISTINCT FROM w.content THEN 'duplicate' ELSE 'superseded'
END
FROM contest AS c JOIN contest AS w ON w.place = c.winner
WHERE rekeyed.place = c.place
