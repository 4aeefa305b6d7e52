-- What was bought of all that each rebate measures, per node and open period, after counting.sql: the amount if all of
-- it is in one currency, the quantity if all of it is in one unit. From the sums of the scan; no row is read.
SELECT
    m.program,
    m.rebate,
    n.member_id,
    w.period,
    CASE WHEN COUNT(DISTINCT s.currency) = 1 AND MIN(s.currency) = r.currency THEN SUM(s.amount) END AS amount,
    CASE WHEN COUNT(DISTINCT s.unit) = 1 THEN SUM(s.quantity) END AS quantity,
    CASE WHEN COUNT(DISTINCT s.unit) = 1 THEN MIN(s.unit) END AS unit
FROM work.sums AS s
JOIN counting_spans AS x ON x.span = s.span
JOIN counting_goods AS g
    ON g.term_no = x.term_no AND g.product_class = s.product_class AND g.attribute_class = s.attribute_class
JOIN counting_windows AS w ON w.term_no = x.term_no AND w.segment = s.segment
JOIN counting_terms AS m ON m.term_no = x.term_no
JOIN work.rebates AS r ON r.program = m.program AND r.rebate = m.rebate AND r.measure_term = m.term
JOIN (SELECT DISTINCT node_no, member_id FROM counting_nodes WHERE place = 'node') AS n ON n.node_no = x.node_no
WHERE w.horizon = 'to_date'
GROUP BY m.program, m.rebate, n.member_id, w.period, r.currency
