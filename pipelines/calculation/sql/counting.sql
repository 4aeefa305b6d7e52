-- What counts for which term, at which node and in which window, by numbers instead of names: a sum is looked up by
-- millions. Read by cells.sql, counted.sql, left_out_cells.sql and audit/sql/sold.sql; to run by hand, run this first.
CREATE OR REPLACE TEMP TABLE counting_terms AS
SELECT ROW_NUMBER() OVER (ORDER BY term) AS term_no, *
FROM work.terms
WHERE kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products');

-- A window is one term in one period up to one horizon; of an average it has several parts.
CREATE OR REPLACE TEMP TABLE counting_windows AS
SELECT DENSE_RANK() OVER (ORDER BY w.term, w.horizon, w.period) AS window_no, m.term_no, w.*
FROM work.windows AS w
JOIN counting_terms AS m USING (term);

-- Where purchases are added up: at the node for what it earns, and by each member's part of it for what it is given.
CREATE OR REPLACE TEMP TABLE counting_nodes AS
SELECT DENSE_RANK() OVER (ORDER BY place, member_id) AS node_no, *
FROM (
    SELECT 'node' AS place, program, member_filter, is_baseline, span, node_id AS member_id FROM work.participants
    UNION ALL
    SELECT 'part' AS place, x.program, x.member_filter, x.is_baseline, x.span, p.part AS member_id
    FROM work.participants AS x
    JOIN work.parts AS p USING (program, node_id, member_id)
);

CREATE OR REPLACE TEMP TABLE counting_spans AS
SELECT n.span, n.node_no, m.term_no
FROM counting_nodes AS n
JOIN counting_terms AS m USING (program, member_filter, is_baseline);

CREATE OR REPLACE TEMP TABLE counting_goods AS
SELECT m.term_no, p.product_class, a.attribute_class
FROM counting_terms AS m
JOIN work.product_matches AS p ON p.filter = m.product_filter
JOIN work.attribute_matches AS a ON a.filter = m.attribute_filter;

-- What of a sum its conversion depends on; all else is added up before anything is converted.
CREATE OR REPLACE TEMP TABLE counting_prices AS
SELECT m.term_no, u.unit, u.currency,
    CASE WHEN m.kind = 'quantity' THEN u.unit END AS unit_from,
    m.kind = 'quantity' AND LOWER(TRIM(u.unit)) <> LOWER(TRIM(m.target)) AS is_by_class,
    CASE WHEN m.kind = 'revenue' THEN u.currency END AS currency_from,
    CASE WHEN m.kind = 'revenue' AND u.currency <> m.target THEN m.priced_by END AS priced_by
FROM counting_terms AS m
CROSS JOIN (SELECT DISTINCT unit, currency FROM work.sums) AS u;

-- The sums of the scan, each once for every term, node and window in which it counts.
CREATE OR REPLACE TEMP VIEW counting_sums AS
SELECT x.node_no, x.term_no, w.window_no, w.horizon, w.period, w."end", s.*
FROM work.sums AS s
JOIN counting_spans AS x ON x.span = s.span
JOIN counting_goods AS g
    ON g.term_no = x.term_no AND g.product_class = s.product_class AND g.attribute_class = s.attribute_class
JOIN counting_windows AS w ON w.term_no = x.term_no AND w.segment = s.segment
