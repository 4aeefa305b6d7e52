-- Where the wanted figures count, for trace.sql: tables rather than parts of it, since they are few and DuckDB then knows
-- how few. `figures` says which are wanted, by a number each, and of which reader: horizon, program, rebate, term, node_id
-- (where it is added up), period, and buyer: only what this member bought; null for all.
-- A transaction is read once for each reader, however many figures it counts for. Those are looked up afterwards, by
-- numbers: of the reader's figures at a place, of what they ask for that its goods are, of what cannot be converted, and
-- by what was bought: 0 nothing (it came back), 1 something, 2 something by an order.
CREATE OR REPLACE TEMP TABLE traced_figures AS
SELECT
    f.*, m.member_filter, m.is_baseline, m.product_filter, m.attribute_filter,
    -- An order or product counts by what was bought of it, whatever came back.
    CASE m.kind WHEN 'orders' THEN 2 WHEN 'products' THEN 1 ELSE 0 END AS needs,
    CAST(DENSE_RANK() OVER (ORDER BY m.product_filter, m.attribute_filter, needs) AS INTEGER) AS ask
FROM figures AS f
JOIN work.terms AS m ON m.program = f.program AND m.rebate = f.rebate AND m.term = f.term
WHERE m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products');

-- Numbered in the order of readers. Only where anything was bought: most members bought nothing in most segments.
CREATE OR REPLACE TEMP TABLE traced_places AS
SELECT
    span, segment, reader, here, asks, CAST(DENSE_RANK() OVER (ORDER BY reader, here) AS INTEGER) AS place_no,
    CAST(DENSE_RANK() OVER (ORDER BY asks) AS INTEGER) AS asks_no
FROM (
    SELECT
        x.span, w.segment, f.reader, LIST(f.figure ORDER BY f.figure) AS here,
        LIST_SORT(LIST_DISTINCT(LIST(f.ask))) AS asks
    FROM traced_figures AS f
    JOIN work.participants AS x
        ON x.program = f.program AND x.member_filter = f.member_filter AND x.is_baseline = f.is_baseline
        AND x.node_id = f.node_id
    JOIN traced_segments AS b ON b.span = x.span
    JOIN work.windows AS w
        ON w.term = f.term AND w.horizon = f.horizon AND w.period = f.period AND w.segment = b.segment
    JOIN work.member_spans AS s ON s.span = x.span
    WHERE f.buyer IS NULL OR f.buyer = s.member_id
    GROUP BY x.span, w.segment, f.reader
);

CREATE OR REPLACE TEMP TABLE traced_spans AS
SELECT span, member_id, valid_from, valid_to FROM work.member_spans SEMI JOIN traced_places USING (span);

CREATE OR REPLACE TEMP TABLE traced_goods AS
SELECT
    asks_no, product_class, attribute_class, met, needed,
    CAST(DENSE_RANK() OVER (ORDER BY asks_no, met) AS INTEGER) AS goods_no
FROM (
    SELECT
        h.asks_no, p.product_class, a.attribute_class, LIST(k.ask ORDER BY k.ask) AS met, MAX(k.needs) AS needed
    FROM (SELECT DISTINCT asks_no, UNNEST(asks) AS ask FROM traced_places) AS h
    JOIN (SELECT DISTINCT ask, product_filter, attribute_filter, needs FROM traced_figures) AS k USING (ask)
    JOIN work.product_matches AS p ON p.filter = k.product_filter
    JOIN work.attribute_matches AS a ON a.filter = k.attribute_filter
    GROUP BY h.asks_no, p.product_class, a.attribute_class
);

CREATE OR REPLACE TEMP TABLE traced_lost AS
SELECT
    segment, span, product_class, attribute_class, unit, currency, rate_date, lost,
    CAST(DENSE_RANK() OVER (ORDER BY lost) AS INTEGER) AS lost_no
FROM (
    SELECT
        u.segment, u.span, u.product_class, u.attribute_class, u.unit, u.currency, u.rate_date,
        LIST_SORT(LIST_DISTINCT(LIST(f.figure))) AS lost
    FROM work.unconverted AS u
    JOIN traced_figures AS f
        ON f.horizon = u.horizon AND f.term = u.term AND f.node_id = u.member_id AND f.period = u.period
    GROUP BY u.segment, u.span, u.product_class, u.attribute_class, u.unit, u.currency, u.rate_date
);
