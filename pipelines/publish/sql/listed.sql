-- The lines of a few statements, each figure in the detail that `wanted` says: its transactions, or their sums by day or
-- month, type, unit and currency. Of sums the entry is a number below zero, and they have no buyer.
SELECT
    f.figure, 'row' AS detail, t.member_id AS buyer, t.activity_date, t.transaction_id, t.product_id,
    n.name AS product_name, t.type, CAST(t.quantity AS DECIMAL(38, 6)) AS quantity, t.unit,
    CAST(t.amount AS DECIMAL(38, 4)) AS amount, t.currency, CAST(1 AS BIGINT) AS transactions,
    (CAST(t.load_seq AS BIGINT) << 40) + t.line AS entry
FROM traced AS t
JOIN (
    SELECT x.* FROM traced_for AS x SEMI JOIN (FROM wanted WHERE detail = 'row') AS w USING (figure)
) AS f USING (place_no, goods_no, lost_no, bought)
LEFT JOIN work.product_names AS n USING (product_id)
WHERE t.reader BETWEEN $first AND $last
UNION ALL
SELECT
    figure, 'day', NULL, activity_date, '', '', '', type, quantity, unit, amount, currency, transactions,
    -ROW_NUMBER() OVER (ORDER BY figure, activity_date, type, unit, currency)
FROM counted_by_day
SEMI JOIN (FROM wanted WHERE detail = 'day') AS w USING (figure)
WHERE figure BETWEEN $first AND $last
UNION ALL
SELECT
    figure, 'month', NULL, DATE_TRUNC('month', activity_date), '', '', '', type, SUM(quantity), unit, SUM(amount), currency,
    CAST(SUM(transactions) AS BIGINT),
    -1000000000000 - ROW_NUMBER() OVER (ORDER BY figure, DATE_TRUNC('month', activity_date), type, unit, currency)
FROM counted_by_day
SEMI JOIN (FROM wanted WHERE detail = 'month') AS w USING (figure)
WHERE figure BETWEEN $first AND $last
GROUP BY figure, DATE_TRUNC('month', activity_date), type, unit, currency
