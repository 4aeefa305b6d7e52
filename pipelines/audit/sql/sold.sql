-- What was bought of all that each rebate measures, per node and open period, after counting.sql: the amount if all of
-- it is in one currency, the quantity if all of it is in one unit. From the sums of the scan; no row is read.
SELECT
    m.program,
    m.rebate,
    n.member_id,
    s.period,
    CASE WHEN COUNT(DISTINCT s.currency) = 1 AND MIN(s.currency) = r.currency THEN SUM(s.amount) END AS amount,
    CASE WHEN COUNT(DISTINCT s.unit) = 1 THEN SUM(s.quantity) END AS quantity,
    CASE WHEN COUNT(DISTINCT s.unit) = 1 THEN MIN(s.unit) END AS unit
FROM counting_sums AS s
JOIN counting_terms AS m ON m.term_no = s.term_no
JOIN work.rebates AS r ON r.program = m.program AND r.rebate = m.rebate AND r.measure_term = m.term
JOIN (SELECT DISTINCT node_no, member_id FROM counting_nodes WHERE place = 'node') AS n ON n.node_no = s.node_no
WHERE s.horizon = 'to_date'
GROUP BY m.program, m.rebate, n.member_id, s.period, r.currency
