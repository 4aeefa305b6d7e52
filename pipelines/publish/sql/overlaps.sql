-- The transactions on which more than one rebate pays, one of them by a posting of the payout period: those whose sums
-- lie in `meetings`, each with the rebates that pay on it (see paying.sql; run met.sql before). The rows of `twice`, in
-- force by two days, are joined again.
WITH met AS (
    SELECT
        t.transaction_id, t.source, t.member_id, t.happened_on AS activity_date, t.amount, t.currency, t.load_seq, t.line,
        t.counted_by,
        CASE
            WHEN t.quantity <= 0 THEN m.of_returns WHEN t.order_id IS NULL THEN m.of_goods ELSE m.of_orders
        END AS near,
        CASE WHEN n.lost IS NULL THEN near ELSE LIST_FILTER(near, LAMBDA payer: NOT LIST_CONTAINS(n.lost, payer)) END
            AS payers,
        LIST_HAS_ANY(m.fresh, payers) AS is_fresh
    FROM work.transactions_in_force AS t
    JOIN work.days AS d ON d.activity_date = t.activity_date
    JOIN met_spans AS s ON s.member_id = t.member_id AND t.activity_date BETWEEN s.valid_from AND s.valid_to
    JOIN work.product_classes AS p
        ON p.product_id = t.product_id AND t.activity_date BETWEEN p.valid_from AND p.valid_to
    JOIN work.attribute_classes AS c ON c.attribute_key = t.attribute_key
    JOIN met_at AS a ON a.span = s.span AND a.segment = d.segment
    JOIN met_on AS o ON o.product_class = p.product_class AND o.attribute_class = c.attribute_class
    JOIN meetings AS m ON m.place_no = a.place_no AND m.goods_no = o.goods_no
    LEFT JOIN not_paid AS n
        ON n.segment = d.segment AND n.span = s.span AND n.product_class = p.product_class
        AND n.attribute_class = c.attribute_class AND n.unit = t.unit AND n.currency = t.currency
        AND (n.rate_date IS NULL OR n.rate_date = t.activity_date)
),
once AS (
    SELECT * EXCLUDE (near, counted_by) FROM met WHERE counted_by IS NULL
    UNION ALL BY NAME
    SELECT
        transaction_id, source, member_id, activity_date, amount, currency, load_seq, line,
        LIST_SORT(LIST_DISTINCT(FLATTEN(LIST(payers)))) AS payers, BOOL_OR(is_fresh) AS is_fresh
    FROM met
    WHERE counted_by IS NOT NULL
    GROUP BY ALL
)
SELECT {what}
FROM once
WHERE LEN(payers) > 1 AND is_fresh
{closing}
