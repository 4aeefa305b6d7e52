-- The sums of the scan for every node and window in which they count, after counting.sql: of the first of the terms that
-- are alike. First for each member and segment by what a basket tells apart, which is far less than the scan does, and
-- only then for every node and window: a sum counts in several.
CREATE OR REPLACE TEMP TABLE counted_cells AS
WITH goods AS (
    SELECT DISTINCT g.basket_no, g.product_class, g.attribute_class, w.segment
    FROM counting_goods AS g
    JOIN counting_stretches AS w ON w.basket_no = g.basket_no
),
by_price AS (
    SELECT
        c.price_no,
        s.span,
        s.segment,
        CASE WHEN c.is_by_class THEN s.product_class END AS class_from,
        CASE WHEN c.priced_by = 'activity_date' THEN s.rate_date END AS rate_date,
        SUM(s.amount) AS amount,
        SUM(s.quantity) AS quantity,
        SUM(s.transactions) AS transactions
    FROM work.sums AS s
    JOIN goods AS g
        ON g.product_class = s.product_class AND g.attribute_class = s.attribute_class AND g.segment = s.segment
    JOIN counting_prices AS c ON c.basket_no = g.basket_no AND c.unit = s.unit AND c.currency = s.currency
    SEMI JOIN counting_places AS p ON p.basket_no = g.basket_no AND p.span = s.span
    GROUP BY ALL
)
SELECT
    n.node_no,
    w.window_no,
    c.unit_from AS unit,
    b.class_from AS product_class,
    c.currency_from AS currency,
    CASE c.priced_by WHEN 'activity_date' THEN b.rate_date WHEN 'period_end' THEN w."end" END AS priced_on,
    CAST(SUM(b.amount) AS DECIMAL(38, 4)) AS amount,
    CAST(SUM(b.quantity) AS DECIMAL(38, 6)) AS quantity,
    CAST(SUM(b.transactions) AS BIGINT) AS transactions
FROM by_price AS b
JOIN (SELECT DISTINCT price_no, basket_no, unit_from, currency_from, priced_by FROM counting_prices) AS c USING (price_no)
JOIN counting_stretches AS w ON w.basket_no = c.basket_no AND w.segment = b.segment
JOIN counting_members AS n ON n.span = b.span AND n.audience_no = w.audience_no
GROUP BY ALL
