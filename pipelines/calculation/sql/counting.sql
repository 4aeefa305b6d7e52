-- What counts for which term, at which node and in which window, by numbers instead of names: a sum is looked up by
-- millions. Read by cells.sql, items.sql, left_out_cells.sql and audit/sql/sold.sql; to run by hand, run this first.
-- Where purchases are added up: at the node for what it earns, and by each member's part of it for what it is given.
CREATE OR REPLACE TEMP TABLE counting_nodes AS
SELECT DENSE_RANK() OVER (ORDER BY place, member_id) AS node_no, *
FROM (
    SELECT 'node' AS place, program, member_filter, is_baseline, span, node_id, node_id AS member_id
    FROM work.participants
    UNION ALL
    SELECT 'part' AS place, x.program, x.member_filter, x.is_baseline, x.span, x.node_id, p.part AS member_id
    FROM work.participants AS x
    JOIN work.parts AS p USING (program, node_id, member_id)
);

CREATE OR REPLACE TEMP TABLE counting_audiences AS
SELECT
    program,
    member_filter,
    is_baseline,
    DENSE_RANK() OVER (ORDER BY LIST((node_no, span) ORDER BY node_no, span)) AS audience_no
FROM counting_nodes
GROUP BY program, member_filter, is_baseline;

-- Terms that take the same of every sum share a basket. Those that do so for the same members in the same windows are
-- alike: the first of them is added up and converted for all, however many programs ask for it.
CREATE OR REPLACE TEMP TABLE counting_terms AS
WITH stretches AS (
    SELECT
        term,
        DENSE_RANK() OVER (
            ORDER BY LIST((horizon, period, part, segment, "end") ORDER BY horizon, period, part, segment, "end")
        ) AS stretch_no
    FROM work.windows
    GROUP BY term
),
terms AS (
    SELECT
        ROW_NUMBER() OVER (ORDER BY m.term) AS term_no,
        DENSE_RANK() OVER (
            ORDER BY m.kind, m.target, m.priced_by, m.product_filter, m.attribute_filter
        ) AS basket_no,
        m.*,
        a.audience_no,
        s.stretch_no
    FROM work.terms AS m
    LEFT JOIN counting_audiences AS a USING (program, member_filter, is_baseline)
    LEFT JOIN stretches AS s USING (term)
    WHERE m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products')
)
SELECT
    MIN(term_no) OVER (
        PARTITION BY basket_no, audience_no, stretch_no, parts, CASE priced_by WHEN 'fixed' THEN program END
    ) AS first_no,
    *
FROM terms;

-- A window is one term in one period up to one horizon; of an average it has several parts.
CREATE OR REPLACE TEMP TABLE counting_windows AS
SELECT DENSE_RANK() OVER (ORDER BY w.term, w.horizon, w.period) AS window_no, m.term_no, w.*
FROM work.windows AS w
JOIN counting_terms AS m USING (term);

CREATE OR REPLACE TEMP TABLE counting_alike AS
SELECT DISTINCT w.window_no, f.window_no AS first_no
FROM counting_windows AS w
JOIN counting_terms AS m ON m.term_no = w.term_no
JOIN counting_windows AS f ON f.term_no = m.first_no AND f.horizon = w.horizon AND f.period = w.period;

CREATE OR REPLACE TEMP TABLE counting_goods AS
SELECT b.basket_no, b.kind, p.product_class, a.attribute_class
FROM (SELECT DISTINCT basket_no, kind, product_filter, attribute_filter FROM counting_terms) AS b
JOIN work.product_matches AS p ON p.filter = b.product_filter
JOIN work.attribute_matches AS a ON a.filter = b.attribute_filter;

-- What of a sum its conversion depends on, with a number for what is added up before anything is converted.
CREATE OR REPLACE TEMP TABLE counting_prices AS
SELECT DENSE_RANK() OVER (ORDER BY basket_no, unit_from, is_by_class, currency_from, priced_by) AS price_no, *
FROM (
    SELECT b.basket_no, u.unit, u.currency,
        CASE WHEN b.kind = 'quantity' THEN u.unit END AS unit_from,
        b.kind = 'quantity' AND LOWER(TRIM(u.unit)) <> LOWER(TRIM(b.target)) AS is_by_class,
        CASE WHEN b.kind = 'revenue' THEN u.currency END AS currency_from,
        CASE WHEN b.kind = 'revenue' AND u.currency <> b.target THEN b.priced_by END AS priced_by
    FROM (SELECT DISTINCT basket_no, kind, target, priced_by FROM counting_terms) AS b
    CROSS JOIN (SELECT DISTINCT unit, currency FROM work.sums) AS u
    WHERE b.kind IN ('revenue', 'quantity', 'transactions')
);

-- In which windows a segment counts for whom, and at which nodes. Two tables: joined to each other they have a row for
-- every member, term and window.
CREATE OR REPLACE TEMP TABLE counting_stretches AS
SELECT m.basket_no, m.audience_no, w.segment, w.window_no, w.part, w."end"
FROM counting_terms AS m
JOIN counting_windows AS w USING (term_no)
WHERE m.term_no = m.first_no;

CREATE OR REPLACE TEMP TABLE counting_members AS
SELECT DISTINCT a.audience_no, n.span, n.node_no
FROM counting_nodes AS n
JOIN counting_audiences AS a USING (program, member_filter, is_baseline)
WHERE a.audience_no IN (SELECT audience_no FROM counting_stretches);

-- Where any term of a basket looks.
CREATE OR REPLACE TEMP TABLE counting_places AS
SELECT DISTINCT w.basket_no, n.span
FROM (SELECT DISTINCT basket_no, audience_no FROM counting_stretches) AS w
JOIN counting_members AS n ON n.audience_no = w.audience_no;

-- The sums of the scan, each once for every term, node and window in which it counts.
CREATE OR REPLACE TEMP VIEW counting_sums AS
SELECT n.node_no, m.term_no, m.basket_no, w.window_no, w.horizon, w.period, w."end", s.*
FROM work.sums AS s
JOIN counting_nodes AS n ON n.span = s.span
JOIN counting_terms AS m USING (program, member_filter, is_baseline)
JOIN counting_goods AS g
    ON g.basket_no = m.basket_no AND g.product_class = s.product_class AND g.attribute_class = s.attribute_class
JOIN counting_windows AS w ON w.term_no = m.term_no AND w.segment = s.segment
