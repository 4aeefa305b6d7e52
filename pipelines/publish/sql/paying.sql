-- Where which rebates pay, by numbers: a sum is looked up by a number of the rebates that pay in its span and segment
-- (paying_at) and of those that pay on its goods (paying_on). A rebate pays where its entitlement is above zero,
-- whatever stacking left of it. Read by meetings.sql and overlaps.sql; to run by hand, run this first. `fresh`: the keys
-- posted to in the payout period.
CREATE OR REPLACE TEMP TABLE payers AS
SELECT
    ROW_NUMBER() OVER (ORDER BY r.program || '/' || r.rebate) AS payer_no, r.program || '/' || r.rebate AS payer,
    r.program, r.rebate, m.term, m.kind, m.member_filter, m.product_filter, m.attribute_filter
FROM work.rebates AS r
JOIN work.terms AS m ON m.term = r.measure_term AND m.program = r.program AND m.rebate = r.rebate
WHERE m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products');

CREATE OR REPLACE TEMP TABLE paying_at AS
WITH paying AS (
    SELECT e.program, e.rebate, e.node_id, e.period, BOOL_OR(f.program IS NOT NULL) AS is_fresh
    FROM work.entitlements AS e
    LEFT JOIN fresh AS f
        ON f.program = e.program AND f.rebate = e.rebate AND f.member_id = e.member_id AND f.period = e.period
    WHERE e.horizon = 'settled' AND e.amount > 0
    GROUP BY e.program, e.rebate, e.node_id, e.period
),
placed AS (
    SELECT x.span, w.segment, y.payer_no, BOOL_OR(p.is_fresh) AS is_fresh
    FROM paying AS p
    JOIN payers AS y ON y.program = p.program AND y.rebate = p.rebate
    JOIN work.participants AS x
        ON x.program = y.program AND x.member_filter = y.member_filter AND x.node_id = p.node_id AND NOT x.is_baseline
    JOIN work.windows AS w ON w.term = y.term AND w.period = p.period AND w.horizon = 'settled'
    GROUP BY x.span, w.segment, y.payer_no
)
SELECT span, segment, DENSE_RANK() OVER (ORDER BY here, fresh_here) AS place_no, here, fresh_here
FROM (
    SELECT
        span, segment, LIST(payer_no ORDER BY payer_no) AS here,
        LIST(payer_no ORDER BY payer_no) FILTER (is_fresh) AS fresh_here
    FROM placed
    GROUP BY span, segment
);

CREATE OR REPLACE TEMP TABLE paying_on AS
SELECT product_class, attribute_class, DENSE_RANK() OVER (ORDER BY payers) AS goods_no, payers
FROM (
    SELECT p.product_class, a.attribute_class, LIST(y.payer_no ORDER BY y.payer_no) AS payers
    FROM payers AS y
    JOIN work.product_matches AS p ON p.filter = y.product_filter
    JOIN work.attribute_matches AS a ON a.filter = y.attribute_filter
    GROUP BY p.product_class, a.attribute_class
);

-- What a rebate leaves out, since no rate or factor converts it, it does not pay on.
CREATE OR REPLACE TEMP TABLE not_paid AS
SELECT
    n.segment, n.span, n.product_class, n.attribute_class, n.unit, n.currency, n.rate_date,
    LIST(DISTINCT y.payer_no ORDER BY y.payer_no) AS lost
FROM work.unconverted AS n
JOIN payers AS y ON y.program = n.program AND y.rebate = n.rebate AND y.term = n.term
WHERE n.horizon = 'settled'
GROUP BY ALL
