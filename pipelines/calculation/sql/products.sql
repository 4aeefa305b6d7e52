-- Every product that was bought, with its rows, once for all that any rule distinguishes: the scan's own joins, but
-- only of members and on days that a rule counts products of. A row counts whose quantity is above zero.
SELECT
    'products' AS item_kind,
    s.span,
    p.product_class,
    a.attribute_class,
    d.segment,
    t.product_id AS item,
    CAST(COUNT(*) AS BIGINT) AS rows
FROM work.transactions_in_force AS t
JOIN work.days AS d ON d.activity_date = t.activity_date
JOIN work.member_spans AS s ON s.member_id = t.member_id AND t.activity_date BETWEEN s.valid_from AND s.valid_to
JOIN work.product_classes AS p ON p.product_id = t.product_id AND t.activity_date BETWEEN p.valid_from AND p.valid_to
JOIN work.attribute_classes AS a ON a.attribute_key = t.attribute_key
WHERE t.quantity > 0
    AND d.segment IN (SELECT i.segment FROM work.item_segments AS i WHERE i.item_kind = 'products')
    AND s.span IN (SELECT i.span FROM work.item_spans AS i WHERE i.item_kind = 'products')
GROUP BY ALL
