-- The sums of the scan for every node and window in which they count, after counting.sql: of the first of the terms that
-- are alike.
CREATE OR REPLACE TEMP TABLE counted_cells AS
SELECT
    n.node_no,
    w.window_no,
    c.unit_from AS unit,
    CASE WHEN c.is_by_class THEN s.product_class END AS product_class,
    c.currency_from AS currency,
    CASE c.priced_by WHEN 'activity_date' THEN s.rate_date WHEN 'period_end' THEN w."end" END AS priced_on,
    CAST(SUM(s.amount) AS DECIMAL(38, 4)) AS amount,
    CAST(SUM(s.quantity) AS DECIMAL(38, 6)) AS quantity,
    CAST(SUM(s.transactions) AS BIGINT) AS transactions
FROM work.sums AS s
JOIN counting_goods AS g ON g.product_class = s.product_class AND g.attribute_class = s.attribute_class
JOIN counting_prices AS c ON c.basket_no = g.basket_no AND c.unit = s.unit AND c.currency = s.currency
JOIN counting_stretches AS w ON w.basket_no = g.basket_no AND w.segment = s.segment
JOIN counting_members AS n ON n.span = s.span AND n.audience_no = w.audience_no
GROUP BY ALL
