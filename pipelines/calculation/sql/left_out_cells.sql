-- The sums of the scan behind cells that nothing converts (`lost`), after counting.sql.
SELECT
    w.horizon, m.program, m.rebate, m.term, n.member_id, w.period,
    s.span, s.product_class, s.attribute_class, s.segment, s.unit, s.currency, s.rate_date,
    m.target, l.priced_on, s.transactions
FROM lost AS l
JOIN (SELECT DISTINCT node_no, member_id FROM counting_nodes) AS n ON n.node_no = l.node_no
JOIN counting_windows AS w ON w.window_no = l.window_no
JOIN counting_terms AS m ON m.term_no = w.term_no
JOIN counting_spans AS x ON x.node_no = l.node_no AND x.term_no = w.term_no
JOIN work.sums AS s ON s.span = x.span AND s.segment = w.segment
JOIN counting_goods AS g
    ON g.term_no = w.term_no AND g.product_class = s.product_class AND g.attribute_class = s.attribute_class
JOIN counting_prices AS c ON c.term_no = w.term_no AND c.unit = s.unit AND c.currency = s.currency
WHERE (l.unit IS NULL OR l.unit = s.unit)
    AND (l.product_class IS NULL OR l.product_class = s.product_class)
    AND (l.currency IS NULL OR l.currency = s.currency)
    AND l.priced_on IS NOT DISTINCT FROM
        CASE c.priced_by WHEN 'activity_date' THEN s.rate_date WHEN 'period_end' THEN w."end" END
ORDER BY ALL NULLS FIRST
