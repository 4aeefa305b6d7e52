-- The sums of the scan behind cells that nothing converts (`lost`), after counting.sql: found as they were added up, of the
-- first of the terms that are alike, and only then named for each of these terms.
WITH sums AS MATERIALIZED (
    SELECT s.*
    FROM counting_cells AS s
    SEMI JOIN lost AS l
        ON l.node_no = s.node_no
        AND l.window_no = s.window_no
        AND l.unit IS NOT DISTINCT FROM s.unit_from
        AND l.product_class IS NOT DISTINCT FROM s.class_from
        AND l.currency IS NOT DISTINCT FROM s.currency_from
        AND l.priced_on IS NOT DISTINCT FROM s.priced_on
)
SELECT
    w.horizon, m.program, m.rebate, m.term, n.member_id, w.period,
    s.span, s.product_class, s.attribute_class, s.segment, s.unit, s.currency, s.rate_date,
    m.target, s.priced_on, s.transactions
FROM sums AS s
JOIN counting_alike AS a ON a.first_no = s.window_no
JOIN (SELECT DISTINCT window_no, term_no, horizon, period FROM counting_windows) AS w ON w.window_no = a.window_no
JOIN counting_terms AS m ON m.term_no = w.term_no
JOIN (SELECT DISTINCT node_no, member_id FROM counting_nodes) AS n ON n.node_no = s.node_no
ORDER BY ALL NULLS FIRST
