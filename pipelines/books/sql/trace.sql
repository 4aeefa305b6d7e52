-- Which transactions stand behind figures: the scan's own joins, read backwards, from where the wanted figures count (run
-- trace_places.sql first). Not among them is what was left out because no rate or factor converts it: see left_out.sql.
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
JOIN traced_spans AS s ON s.member_id = t.member_id AND t.activity_date BETWEEN s.valid_from AND s.valid_to
JOIN work.product_classes AS c ON c.product_id = t.product_id AND t.activity_date BETWEEN c.valid_from AND c.valid_to
JOIN work.attribute_classes AS a ON a.attribute_key = t.attribute_key
JOIN traced_places AS p ON p.span = s.span AND p.segment = d.segment
JOIN traced_goods AS g
    ON g.goods_no = p.goods_no AND g.product_class = c.product_class AND g.attribute_class = a.attribute_class
ANTI JOIN traced_lost AS u
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
