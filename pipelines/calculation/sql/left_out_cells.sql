-- The sums of the scan behind cells that nothing converts (`lost`), after counting.sql.
SELECT
    s.horizon, m.program, m.rebate, m.term, n.member_id, s.period,
    s.span, s.product_class, s.attribute_class, s.segment, s.unit, s.currency, s.rate_date,
    m.target, l.priced_on, s.transactions
FROM (SELECT DISTINCT * FROM lost) AS l
JOIN counting_alike AS a ON a.first_no = l.window_no
JOIN (SELECT DISTINCT node_no, member_id FROM counting_nodes) AS n ON n.node_no = l.node_no
JOIN counting_sums AS s ON s.node_no = l.node_no AND s.window_no = a.window_no
JOIN counting_terms AS m ON m.term_no = s.term_no
JOIN counting_prices AS c ON c.basket_no = s.basket_no AND c.unit = s.unit AND c.currency = s.currency
WHERE (l.unit IS NULL OR l.unit = s.unit)
    AND (l.product_class IS NULL OR l.product_class = s.product_class)
    AND (l.currency IS NULL OR l.currency = s.currency)
    AND l.priced_on IS NOT DISTINCT FROM
        CASE c.priced_by WHEN 'activity_date' THEN s.rate_date WHEN 'period_end' THEN s."end" END
ORDER BY ALL NULLS FIRST
