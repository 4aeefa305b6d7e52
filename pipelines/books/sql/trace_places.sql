-- Where the wanted figures count, for trace.sql: tables rather than parts of it, since they are few and DuckDB then knows
-- how few. `figures` says which are wanted, by a number each: horizon, program, rebate, term, node_id (where it is added
-- up), period, and buyer: only what this member bought; null for all.
CREATE OR REPLACE TEMP TABLE traced_figures AS
SELECT
    f.figure, f.horizon, f.program, f.term, f.node_id, f.period, f.buyer, m.kind, m.member_filter, m.is_baseline,
    DENSE_RANK() OVER (ORDER BY m.product_filter, m.attribute_filter) AS goods_no, m.product_filter, m.attribute_filter
FROM figures AS f
JOIN work.terms AS m ON m.program = f.program AND m.rebate = f.rebate AND m.term = f.term
WHERE m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products');

CREATE OR REPLACE TEMP TABLE traced_places AS
SELECT f.figure, f.kind, f.goods_no, x.span, w.segment, s.member_id, s.valid_from, s.valid_to
FROM traced_figures AS f
JOIN work.participants AS x
    ON x.program = f.program AND x.member_filter = f.member_filter AND x.is_baseline = f.is_baseline
    AND x.node_id = f.node_id
JOIN work.windows AS w ON w.term = f.term AND w.horizon = f.horizon AND w.period = f.period
JOIN work.member_spans AS s ON s.span = x.span
WHERE f.buyer IS NULL OR f.buyer = s.member_id;

CREATE OR REPLACE TEMP TABLE traced_spans AS
SELECT DISTINCT span, member_id, valid_from, valid_to FROM traced_places;

CREATE OR REPLACE TEMP TABLE traced_goods AS
SELECT g.goods_no, p.product_class, a.attribute_class
FROM (SELECT DISTINCT goods_no, product_filter, attribute_filter FROM traced_figures) AS g
JOIN work.product_matches AS p ON p.filter = g.product_filter
JOIN work.attribute_matches AS a ON a.filter = g.attribute_filter;

CREATE OR REPLACE TEMP TABLE traced_lost AS
SELECT f.figure, u.segment, u.span, u.product_class, u.attribute_class, u.unit, u.currency, u.rate_date
FROM work.unconverted AS u
JOIN traced_figures AS f
    ON f.horizon = u.horizon AND f.term = u.term AND f.node_id = u.member_id AND f.period = u.period
