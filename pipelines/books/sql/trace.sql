-- Which transactions stand behind figures: the scan's own joins, read backwards, from where the wanted figures count (run
-- trace_places.sql first). Once for each reader; traced_for.sql finds the figures. Some days at a time, which are one part of
-- the table `traced`: to put all into order at once needs memory that grows with the rows.
SELECT
    $part AS part,
    p.reader,
    p.place_no,
    g.goods_no,
    -- What cannot be converted stands in one sum, by its day or whatever the day: there is one at the most.
    COALESCE(u.lost_no, 0) AS lost_no,
    LEAST(CASE WHEN t.quantity > 0 THEN IF(t.order_id IS NULL, 1, 2) ELSE 0 END, g.needed) AS bought,
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
    ON g.asks_no = p.asks_no AND g.product_class = c.product_class AND g.attribute_class = a.attribute_class
LEFT JOIN traced_lost AS u
    ON u.segment = d.segment
    AND u.span = s.span
    AND u.product_class = c.product_class
    AND u.attribute_class = a.attribute_class
    AND u.unit = t.unit
    AND u.currency = t.currency
    AND (u.rate_date IS NULL OR u.rate_date = t.activity_date)
WHERE t.happened_on BETWEEN $first AND $last
ORDER BY p.reader, t.happened_on, t.load_seq, t.line
