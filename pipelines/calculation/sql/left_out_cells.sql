-- The sums of the scan behind cells that nothing converts (`lost`), after counting.sql: found as they were added up, of the
-- first of the terms that are alike, and only then named for each of these terms.
WITH sums AS MATERIALIZED (
    SELECT s.*
    FROM (
        -- As cells.sql adds them up. Not by its numbers: the few that are lost are found before anything is added up.
        SELECT
            n.node_no,
            w.window_no,
            c.unit_from,
            CASE WHEN c.is_by_class THEN s.product_class END AS class_from,
            c.currency_from,
            CASE c.priced_by WHEN 'activity_date' THEN s.rate_date WHEN 'period_end' THEN w."end" END AS priced_on,
            s.*
        FROM work.sums AS s
        JOIN counting_goods AS g ON g.product_class = s.product_class AND g.attribute_class = s.attribute_class
        JOIN counting_prices AS c ON c.basket_no = g.basket_no AND c.unit = s.unit AND c.currency = s.currency
        JOIN counting_stretches AS w ON w.basket_no = g.basket_no AND w.segment = s.segment
        JOIN counting_members AS n ON n.span = s.span AND n.audience_no = w.audience_no
    ) AS s
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
