-- Cells of the scan that more than one rebate pays on, one of them in this payout period: the rebates that pay on rows
-- of goods bought by an order, on other rows of goods bought, and on rows of goods that came back. With $by_either_day a
-- row may stand in two cells, once by each of its days: then cells of a single rebate are kept too.
WITH paying AS (
    SELECT e.program, e.rebate, e.node_id, e.period, BOOL_OR(l.program IS NOT NULL) AS is_fresh
    FROM work.entitlements AS e
    LEFT JOIN (
        SELECT DISTINCT program, rebate, member_id, period FROM payable WHERE payout_period = $payout_period
    ) AS l
        ON l.program = e.program AND l.rebate = e.rebate AND l.member_id = e.member_id AND l.period = e.period
    WHERE e.horizon = 'settled' AND e.amount > 0
    GROUP BY e.program, e.rebate, e.node_id, e.period
),
paid AS (
    SELECT
        s.segment, s.span, s.product_class, s.attribute_class,
        p.program || '/' || p.rebate AS payer, ANY_VALUE(m.kind) AS kind, BOOL_OR(p.is_fresh) AS is_fresh
    FROM (SELECT DISTINCT segment, span, product_class, attribute_class FROM work.sums) AS s
    JOIN work.participants AS x ON x.span = s.span AND NOT x.is_baseline
    JOIN work.rebates AS r ON r.program = x.program
    JOIN work.terms AS m ON m.term = r.measure_term AND m.program = r.program AND m.rebate = r.rebate
        AND m.member_filter = x.member_filter
    JOIN work.product_matches AS pm ON pm.filter = m.product_filter AND pm.product_class = s.product_class
    JOIN work.attribute_matches AS am ON am.filter = m.attribute_filter AND am.attribute_class = s.attribute_class
    JOIN work.windows AS w ON w.term = m.term AND w.segment = s.segment AND w.horizon = 'settled'
    JOIN paying AS p
        ON p.program = r.program AND p.rebate = r.rebate AND p.node_id = x.node_id AND p.period = w.period
    WHERE m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products')
    GROUP BY ALL
)
SELECT
    segment, span, product_class, attribute_class,
    LIST(payer ORDER BY payer) AS of_orders,
    COALESCE(LIST(payer ORDER BY payer) FILTER (kind <> 'orders'), []) AS of_goods,
    COALESCE(LIST(payer ORDER BY payer) FILTER (kind NOT IN ('orders', 'products')), []) AS of_returns,
    BOOL_OR(is_fresh) AS is_fresh
FROM paid
GROUP BY segment, span, product_class, attribute_class
HAVING $by_either_day OR (COUNT(*) > 1 AND BOOL_OR(is_fresh))
