-- What was sold from the day $since on: by product, month, region and currency, by the transactions in force.
WITH names AS (
    SELECT product_id, ARG_MAX(name, load_seq) AS name FROM products WHERE superseded_seq IS NULL GROUP BY product_id
)
SELECT
    t.product_id || COALESCE(' · ' || n.name, '') AS product,
    STRFTIME(t.happened_on, '%Y-%m') AS month,
    COALESCE(m.region, '') AS region,
    t.currency,
    CAST(SUM(t.amount) AS DECIMAL(38, 4)) AS amount
FROM work.transactions_in_force AS t
LEFT JOIN dashboard_members AS m ON m.member = t.member_id
LEFT JOIN names AS n USING (product_id)
WHERE COALESCE(t.counted_by, 'own_day') = 'own_day' AND t.happened_on BETWEEN $since AND $as_of
GROUP BY ALL
ORDER BY ALL
