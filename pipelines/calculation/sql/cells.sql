-- The sums of the scan for every term, node and window in which they count, after counting.sql.
SELECT
    x.node_no,
    w.window_no,
    c.unit_from AS unit,
    CASE WHEN c.is_by_class THEN s.product_class END AS product_class,
    c.currency_from AS currency,
    CASE c.priced_by WHEN 'activity_date' THEN s.rate_date WHEN 'period_end' THEN w."end" END AS priced_on,
    CAST(SUM(s.amount) AS DECIMAL(38, 4)) AS amount,
    CAST(SUM(s.quantity) AS DECIMAL(38, 6)) AS quantity,
    CAST(SUM(s.transactions) AS BIGINT) AS transactions
FROM work.sums AS s
JOIN counting_spans AS x ON x.span = s.span
JOIN counting_goods AS g
    ON g.term_no = x.term_no AND g.product_class = s.product_class AND g.attribute_class = s.attribute_class
JOIN counting_windows AS w ON w.term_no = x.term_no AND w.segment = s.segment
JOIN counting_prices AS c ON c.term_no = x.term_no AND c.unit = s.unit AND c.currency = s.currency
JOIN counting_terms AS m ON m.term_no = x.term_no
WHERE m.kind IN ('revenue', 'quantity', 'transactions')
GROUP BY ALL
