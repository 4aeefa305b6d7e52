-- What was bought per month and currency from the day $since on, by the transactions in force: by each member, by all that
-- are added up at a node, and by all for whom a payee is paid.
WITH buyers AS (
    SELECT node_id AS panel_id, member_id FROM work.participants WHERE NOT is_baseline
    UNION
    SELECT payee_id, member_id FROM work.payees
    UNION
    SELECT member_id, member_id FROM work.participants
),
bought AS (
    SELECT member_id, STRFTIME(happened_on, '%Y-%m') AS month, currency, SUM(amount) AS amount
    FROM work.transactions_in_force
    WHERE COALESCE(counted_by, 'own_day') = 'own_day' AND happened_on >= $since AND happened_on <= $as_of
    GROUP BY member_id, month, currency
)
SELECT panel_id, month, currency, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
FROM bought JOIN buyers USING (member_id)
GROUP BY panel_id, month, currency
ORDER BY panel_id, currency, month
