-- What each member bought in the year of $as_of up to that day, and on the same days of the year before; and how often it
-- was visited in that year.
WITH bought AS (
    SELECT
        t.member_id AS member,
        t.currency,
        CAST(COALESCE(SUM(t.amount) FILTER (t.happened_on >= $since), 0) AS DECIMAL(38, 4)) AS this_year,
        CAST(COALESCE(SUM(t.amount) FILTER (t.happened_on < $since), 0) AS DECIMAL(38, 4)) AS last_year
    FROM work.transactions_in_force AS t
    WHERE COALESCE(t.counted_by, 'own_day') = 'own_day'
        AND (t.happened_on BETWEEN $since AND $as_of OR t.happened_on BETWEEN $before AND $same_day)
    GROUP BY ALL
),
visited AS (
    SELECT member_id AS member, COUNT(*) AS visits
    FROM visits
    WHERE superseded_seq IS NULL AND status = 'completed' AND CAST(actual_start AS DATE) BETWEEN $since AND $as_of
    GROUP BY ALL
)
SELECT b.member, COALESCE(m.region, '') AS region, b.currency, b.this_year, b.last_year, COALESCE(v.visits, 0) AS visits
FROM bought AS b
LEFT JOIN dashboard_members AS m USING (member)
LEFT JOIN visited AS v USING (member)
ORDER BY ALL
