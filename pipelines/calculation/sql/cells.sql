-- The sums of the scan for every node and window in which they count, after counting.sql: added up by basket, then by
-- node and window, of the first of the terms that are alike.
WITH bought AS (
    SELECT
        s.span,
        s.segment,
        c.basket_no,
        c.unit_from AS unit,
        CASE WHEN c.is_by_class THEN s.product_class END AS product_class,
        c.currency_from AS currency,
        c.priced_by,
        CASE c.priced_by WHEN 'activity_date' THEN s.rate_date END AS rate_date,
        SUM(s.amount) AS amount,
        SUM(s.quantity) AS quantity,
        SUM(s.transactions) AS transactions
    FROM work.sums AS s
    JOIN counting_goods AS g ON g.product_class = s.product_class AND g.attribute_class = s.attribute_class
    JOIN counting_prices AS c ON c.basket_no = g.basket_no AND c.unit = s.unit AND c.currency = s.currency
    SEMI JOIN counting_places AS p ON p.basket_no = c.basket_no AND p.span = s.span
    GROUP BY ALL
)
SELECT
    n.node_no,
    w.window_no,
    b.unit,
    b.product_class,
    b.currency,
    CASE b.priced_by WHEN 'activity_date' THEN b.rate_date WHEN 'period_end' THEN w."end" END AS priced_on,
    CAST(SUM(b.amount) AS DECIMAL(38, 4)) AS amount,
    CAST(SUM(b.quantity) AS DECIMAL(38, 6)) AS quantity,
    CAST(SUM(b.transactions) AS BIGINT) AS transactions
FROM bought AS b
JOIN counting_nodes AS n ON n.span = b.span
JOIN counting_terms AS m USING (basket_no, program, member_filter, is_baseline)
JOIN counting_windows AS w ON w.term_no = m.term_no AND w.segment = b.segment
WHERE m.term_no = m.first_no
GROUP BY ALL
