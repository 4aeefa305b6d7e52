-- Which transactions stand behind figures: the scan's own joins, read backwards. `figures` says which are wanted, by a
-- number each: horizon, program, rebate, term, node_id (where it is added up), period, and buyer: only what this member
-- bought; null for all. Filtered first: the places where something wanted counts are few, the transactions many. Not
-- among them is what was left out because no rate or factor converts it: see left_out.sql.
WITH wanted AS (
    SELECT f.*, m.kind, m.member_filter, m.is_baseline,
        DENSE_RANK() OVER (ORDER BY m.product_filter, m.attribute_filter) AS goods_no,
        m.product_filter, m.attribute_filter
    FROM figures AS f
    JOIN work.terms AS m ON m.program = f.program AND m.rebate = f.rebate AND m.term = f.term
    WHERE m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products')
),
places AS MATERIALIZED (
    SELECT f.figure, f.kind, f.goods_no, x.span, w.segment, s.member_id, s.valid_from, s.valid_to
    FROM wanted AS f
    JOIN work.participants AS x
        ON x.program = f.program AND x.member_filter = f.member_filter AND x.is_baseline = f.is_baseline
        AND x.node_id = f.node_id
    JOIN work.windows AS w ON w.term = f.term AND w.horizon = f.horizon AND w.period = f.period
    JOIN work.member_spans AS s ON s.span = x.span AND s.member_id = COALESCE(f.buyer, s.member_id)
),
spans AS MATERIALIZED (SELECT DISTINCT span, member_id, valid_from, valid_to FROM places),
goods AS MATERIALIZED (
    SELECT g.goods_no, p.product_class, a.attribute_class
    FROM (SELECT DISTINCT goods_no, product_filter, attribute_filter FROM wanted) AS g
    JOIN work.product_matches AS p ON p.filter = g.product_filter
    JOIN work.attribute_matches AS a ON a.filter = g.attribute_filter
),
lost AS MATERIALIZED (
    SELECT f.figure, u.segment, u.span, u.product_class, u.attribute_class, u.unit, u.currency, u.rate_date
    FROM work.unconverted AS u
    JOIN figures AS f
        ON f.horizon = u.horizon AND f.term = u.term AND f.node_id = u.member_id AND f.period = u.period
)
SELECT
    p.figure,
    s.member_id,
    t.transaction_id,
    t.happened_on AS activity_date,
    t.received_on,
    t.product_id,
    t.type,
    t.quantity,
    t.unit,
    t.amount,
    t.currency,
    t.order_id,
    t.line,
    t.load_seq
FROM work.transactions_in_force AS t
JOIN work.days AS d ON d.activity_date = t.activity_date
JOIN spans AS s ON s.member_id = t.member_id AND t.activity_date BETWEEN s.valid_from AND s.valid_to
JOIN work.product_classes AS c ON c.product_id = t.product_id AND t.activity_date BETWEEN c.valid_from AND c.valid_to
JOIN work.attribute_classes AS a ON a.attribute_key = t.attribute_key
JOIN places AS p ON p.span = s.span AND p.segment = d.segment
JOIN goods AS g
    ON g.goods_no = p.goods_no AND g.product_class = c.product_class AND g.attribute_class = a.attribute_class
ANTI JOIN lost AS u
    ON u.figure = p.figure
    AND u.segment = d.segment
    AND u.span = s.span
    AND u.product_class = c.product_class
    AND u.attribute_class = a.attribute_class
    AND u.unit = t.unit
    AND u.currency = t.currency
    AND (u.rate_date IS NULL OR u.rate_date = t.activity_date)
-- An order or product counts by what was bought of it, whatever came back.
WHERE (t.quantity > 0 OR p.kind NOT IN ('orders', 'products')) AND (t.order_id IS NOT NULL OR p.kind <> 'orders')
