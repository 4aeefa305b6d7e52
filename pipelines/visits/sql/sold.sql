-- What some members bought in the last year, by day, product, unit, currency and order.
SELECT t.member_id, t.product_id, t.activity_date AS day, t.unit, t.currency, t.order_id,
    SUM(t.quantity) AS quantity, SUM(t.amount) AS amount
FROM ({transactions}) AS t
WHERE t.member_id IN (SELECT UNNEST(?)) AND t.activity_date > ? AND t.activity_date <= ?
GROUP BY ALL ORDER BY ALL
