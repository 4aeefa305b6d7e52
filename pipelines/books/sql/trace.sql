-- Which transactions stand behind a figure: the scan's own joins, read backwards, and the file each row came from.
-- node_id is where a transaction is added up, member_id who bought; wanted are those of either. Not those that were left
-- out of the figure because no rate or factor converts them: see left_out.sql.
SELECT
    w.horizon,
    m.program,
    m.rebate,
    m.term,
    x.node_id,
    s.member_id,
    w.period,
    t.transaction_id,
    t.happened_on AS activity_date,
    t.received_on,
    t.product_id,
    i.name AS product_name,
    t.type,
    t.quantity,
    t.unit,
    t.amount,
    t.currency,
    t.order_id,
    l.path,
    t.line,
    t.load_seq
FROM work.transactions_in_force AS t
JOIN loads AS l ON l.load_seq = t.load_seq
JOIN work.days AS d ON d.activity_date = t.activity_date
JOIN work.member_spans AS s ON s.member_id = t.member_id AND t.activity_date BETWEEN s.valid_from AND s.valid_to
JOIN work.product_classes AS p ON p.product_id = t.product_id AND t.activity_date BETWEEN p.valid_from AND p.valid_to
JOIN work.attribute_classes AS a ON a.attribute_key = t.attribute_key
JOIN work.participants AS x ON x.span = s.span
JOIN work.terms AS m ON m.program = x.program AND m.member_filter = x.member_filter
    AND m.is_baseline = x.is_baseline
JOIN work.product_matches AS pm ON pm.filter = m.product_filter AND pm.product_class = p.product_class
JOIN work.attribute_matches AS am ON am.filter = m.attribute_filter AND am.attribute_class = a.attribute_class
JOIN work.windows AS w ON w.term = m.term AND w.segment = d.segment
ANTI JOIN work.unconverted AS u
    ON u.horizon = w.horizon
    AND u.term = m.term
    AND u.member_id = x.node_id
    AND u.period = w.period
    AND u.segment = d.segment
    AND u.span = s.span
    AND u.product_class = p.product_class
    AND u.attribute_class = a.attribute_class
    AND u.unit = t.unit
    AND u.currency = t.currency
    AND (u.rate_date IS NULL OR u.rate_date = t.activity_date)
LEFT JOIN work.product_names AS i ON i.product_id = t.product_id
WHERE w.horizon IN ('settled', 'to_date')  -- not what is only there for a forecast
    AND m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products')
    -- An order or product counts by what was bought of it, whatever came back.
    AND (t.quantity > 0 OR m.kind NOT IN ('orders', 'products'))
    AND (t.order_id IS NOT NULL OR m.kind <> 'orders')
    AND (
        s.member_id IN (SELECT member_id FROM wanted_members) OR x.node_id IN (SELECT member_id FROM wanted_members)
    )
    AND m.program IN (SELECT program FROM wanted_programs)
