-- The transactions in `paid_cells` (see paid_cells.sql), each with the rebates that pay on it: not those that left it
-- out because no rate or factor converts it. The rows read last are those of `placed`, or join what stands there twice.
WITH placed AS (
    SELECT
        t.transaction_id, t.source, t.member_id, t.happened_on AS activity_date, t.amount, t.currency, t.load_seq, t.line,
        c.is_fresh,
        CASE WHEN t.quantity <= 0 THEN c.of_returns WHEN t.order_id IS NULL THEN c.of_goods ELSE c.of_orders END AS near,
        LIST_FILTER(near, LAMBDA payer: NOT COALESCE(LIST_CONTAINS(u.payers, payer), FALSE)) AS payers
    FROM work.transactions_in_force AS t
    JOIN work.days AS d ON d.activity_date = t.activity_date
    JOIN work.member_spans AS s ON s.member_id = t.member_id AND t.activity_date BETWEEN s.valid_from AND s.valid_to
    JOIN work.product_classes AS p
        ON p.product_id = t.product_id AND t.activity_date BETWEEN p.valid_from AND p.valid_to
    JOIN work.attribute_classes AS a ON a.attribute_key = t.attribute_key
    JOIN work.paid_cells AS c
        ON c.segment = d.segment AND c.span = s.span AND c.product_class = p.product_class
        AND c.attribute_class = a.attribute_class
    LEFT JOIN (
        SELECT
            n.segment, n.span, n.product_class, n.attribute_class, n.unit, n.currency, n.rate_date,
            LIST(n.program || '/' || n.rebate) AS payers
        FROM work.unconverted AS n
        JOIN work.rebates AS r ON r.program = n.program AND r.rebate = n.rebate AND r.measure_term = n.term
        WHERE n.horizon = 'settled'
        GROUP BY ALL
    ) AS u
        ON u.segment = d.segment AND u.span = s.span AND u.product_class = p.product_class
        AND u.attribute_class = a.attribute_class AND u.unit = t.unit AND u.currency = t.currency
        AND (u.rate_date IS NULL OR u.rate_date = t.activity_date)
)
SELECT transaction_id, source, member_id, activity_date, amount, currency, payers
FROM ({rows})
WHERE LEN(payers) > 1 AND is_fresh
ORDER BY activity_date, source, transaction_id, load_seq, line
