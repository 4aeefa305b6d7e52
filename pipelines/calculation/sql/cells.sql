-- The sums of the scan for every term, node and window in which they count, after counting.sql: added up by basket,
-- then by node and window, once for all that are alike.
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
),
added AS (
    SELECT
        n.node_no,
        w.window_no,
        b.unit,
        b.product_class,
        b.currency,
        CASE b.priced_by WHEN 'activity_date' THEN b.rate_date WHEN 'period_end' THEN w."end" END AS priced_on,
        SUM(b.amount) AS amount,
        SUM(b.quantity) AS quantity,
        SUM(b.transactions) AS transactions
    FROM bought AS b
    JOIN counting_nodes AS n ON n.span = b.span
    JOIN counting_terms AS m USING (basket_no, program, member_filter, is_baseline)
    JOIN counting_windows AS w ON w.term_no = m.term_no AND w.segment = b.segment
    WHERE m.term_no = m.first_no
    GROUP BY ALL
)
SELECT
    a.node_no,
    w.window_no,
    a.unit,
    a.product_class,
    a.currency,
    a.priced_on,
    CAST(a.amount AS DECIMAL(38, 4)) AS amount,
    CAST(a.quantity AS DECIMAL(38, 6)) AS quantity,
    CAST(a.transactions AS BIGINT) AS transactions
FROM added AS a
JOIN counting_alike AS w ON w.first_no = a.window_no
