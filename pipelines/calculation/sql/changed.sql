-- Versions of transactions that count for only one of two runs, each with its cause and the load that caused it; and
-- returns that count by another day since, because their sale came, was corrected or went. What names a sale stands here
-- once by each of its days, as in work.transactions_in_force. first_line: the row behind it, if it is in that load.
-- Few of all versions are read whole: what came or ended since (`since`, which row groups without any are skipped by) and
-- those of keys that people decided about or whose sale moved.
WITH sold_before AS (
    {sold_before}
),
sold AS (
    {sold}
),
came_or_ended AS MATERIALIZED (
    SELECT * FROM {versions} WHERE {since} AND ({known}) <> ({knows})
),
of_their_keys AS (
    SELECT row_key, BOOL_OR({known}) AS key_was_known, BOOL_OR({knows}) AS key_is_known
    FROM {versions}
    WHERE row_key IN (SELECT row_key FROM came_or_ended)
    GROUP BY row_key
),
asked_for AS (
    SELECT subject AS row_key FROM decisions WHERE kind IN ('exclude', 'include')
    UNION
    SELECT row_key FROM sold AS n FULL JOIN sold_before AS b USING (row_key)
    WHERE n.sold_on IS DISTINCT FROM b.sold_on
),
every_version AS (
    SELECT *, {known} AS was_known, {knows} AS is_known, {was_out} AS was_out, {is_out} AS is_out
    FROM (
        SELECT * FROM came_or_ended
        UNION ALL
        SELECT * FROM {versions} WHERE ({known}) = ({knows}) AND ({is_asked_for})
    )
),
seen AS (
    SELECT t.*, n.sold_on, n.sale_id, b.sold_on AS sold_before, b.sale_id AS sale_before,
        was_known AND NOT was_out AS did_count, is_known AND NOT is_out AS counts
    FROM every_version AS t
    LEFT JOIN sold AS n USING (row_key)
    LEFT JOIN sold_before AS b USING (row_key)
),
own AS (
    SELECT t.*,
        CASE WHEN is_known OR was_out OR is_out THEN load_seq ELSE superseded_seq END AS caused_by,
        CASE
            WHEN is_out AND NOT was_out THEN 'excluded'
            WHEN was_out AND NOT is_out THEN 'included'
            WHEN was_known AND NOT key_is_known THEN 'withdrawn'
            WHEN was_known OR key_was_known THEN 'corrected'
            ELSE 'late'
        END AS cause,
        CASE WHEN caused_by = load_seq THEN line END AS first_line,
        CASE WHEN is_known THEN sold_on ELSE sold_before END AS with_sale_on
    FROM seen AS t
    LEFT JOIN of_their_keys USING (row_key)
    WHERE did_count <> counts
),
sales AS (
    SELECT source, member_id, transaction_id AS sale_id, MAX(caused_by) AS caused_by, MAX(first_line) AS first_line
    FROM own
    GROUP BY ALL
),
moved AS (
    SELECT t.*, s.caused_by, 'moved' AS cause, s.first_line
    FROM seen AS t
    LEFT JOIN sales AS s
        ON s.source = t.source AND s.member_id = t.member_id AND s.sale_id = COALESCE(t.sale_id, t.sale_before)
    WHERE did_count AND counts AND t.sold_on IS DISTINCT FROM t.sold_before
),
by_day AS (
    SELECT * REPLACE (day.counted_by AS counted_by, day.counted_on AS activity_date)
    FROM (
        SELECT *, UNNEST(
            CASE
                WHEN with_sale_on IS NULL THEN [{{counted_by: NULL, counted_on: activity_date}}]
                ELSE [{{counted_by: 'own_day', counted_on: activity_date}},
                    {{counted_by: 'with_sale', counted_on: with_sale_on}}]
            END
        ) AS day
        FROM own
    )
    UNION ALL BY NAME
    SELECT * REPLACE ('with_sale' AS counted_by, moved_on AS activity_date)
    FROM (
        SELECT *, UNNEST([COALESCE(sold_before, activity_date), COALESCE(sold_on, activity_date)]) AS moved_on
        FROM moved
    )
)
SELECT * REPLACE ({key} AS attribute_key) FROM by_day
