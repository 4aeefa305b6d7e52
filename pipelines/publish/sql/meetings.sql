-- The sums of the scan by the numbers of the rebates that pay on them (see paying.sql), and by those that cannot convert
-- them.
SELECT
    a.place_no, o.goods_no, n.lost, s.currency,
    CAST(SUM(s.transactions) AS BIGINT) AS transactions,
    CAST(SUM(s.amount) AS DECIMAL(38, 4)) AS amount
FROM work.sums AS s
JOIN paying_at AS a ON a.span = s.span AND a.segment = s.segment
JOIN paying_on AS o ON o.product_class = s.product_class AND o.attribute_class = s.attribute_class
LEFT JOIN not_paid AS n
    ON n.segment = s.segment AND n.span = s.span AND n.product_class = s.product_class
    AND n.attribute_class = s.attribute_class AND n.unit = s.unit AND n.currency = s.currency
    AND n.rate_date IS NOT DISTINCT FROM s.rate_date
GROUP BY a.place_no, o.goods_no, n.lost, s.currency
