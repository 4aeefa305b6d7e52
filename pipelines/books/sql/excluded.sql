SELECT DISTINCT w.program, w.rebate, w.period, x.node_id, COALESCE(o.member_id, x.node_id) AS owner_id, t.member_id,
    t.transaction_id, t.happened_on AS activity_date, t.product_id, t.type, t.quantity, t.unit, t.amount, t.currency,
    e.reason, e.note, e.person, e.decided_at
FROM work.excluded AS e
JOIN work.excluded_in_force AS t USING (row_key)
JOIN work.member_spans AS s ON s.member_id = t.member_id AND t.activity_date BETWEEN s.valid_from AND s.valid_to
JOIN work.participants AS x ON x.span = s.span AND NOT x.is_baseline
LEFT JOIN work.parts AS o ON o.program = x.program AND o.node_id = x.node_id AND o.member_id = t.member_id
JOIN work.periods AS w ON w.program = x.program AND w.horizon IN ('settled', 'to_date')
    AND t.activity_date BETWEEN w.period_start AND w.period_end
JOIN work.terms AS m ON m.program = w.program AND m.rebate = w.rebate AND m.member_filter = x.member_filter
    AND NOT m.is_baseline
    AND m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products')
JOIN work.product_classes AS p ON p.product_id = t.product_id
    AND t.activity_date BETWEEN p.valid_from AND p.valid_to
JOIN work.product_matches AS pm ON pm.filter = m.product_filter AND pm.product_class = p.product_class
JOIN work.attribute_classes AS a ON a.attribute_key = t.attribute_key
JOIN work.attribute_matches AS am ON am.filter = m.attribute_filter AND am.attribute_class = a.attribute_class
ORDER BY ALL
