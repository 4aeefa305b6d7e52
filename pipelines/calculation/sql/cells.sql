-- The sums of the scan for every term, node and window in which they count, after counting.sql.
SELECT
    s.node_no,
    s.window_no,
    c.unit_from AS unit,
    CASE WHEN c.is_by_class THEN s.product_class END AS product_class,
    c.currency_from AS currency,
    CASE c.priced_by WHEN 'activity_date' THEN s.rate_date WHEN 'period_end' THEN s."end" END AS priced_on,
    CAST(SUM(s.amount) AS DECIMAL(38, 4)) AS amount,
    CAST(SUM(s.quantity) AS DECIMAL(38, 6)) AS quantity,
    CAST(SUM(s.transactions) AS BIGINT) AS transactions
FROM counting_sums AS s
JOIN counting_prices AS c ON c.term_no = s.term_no AND c.unit = s.unit AND c.currency = s.currency
JOIN counting_terms AS m ON m.term_no = s.term_no
WHERE m.kind IN ('revenue', 'quantity', 'transactions')
GROUP BY ALL
