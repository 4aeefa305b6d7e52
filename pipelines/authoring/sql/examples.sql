SELECT n.place, MIN(t.transaction_id) AS example
FROM incoming AS n
JOIN work.member_spans AS s ON s.span = n.span
JOIN work.transactions_in_force AS t
    ON t.member_id = s.member_id AND t.activity_date BETWEEN s.valid_from AND s.valid_to
    AND t.unit IS NOT DISTINCT FROM n.unit AND t.currency = n.currency
JOIN work.days AS d ON d.activity_date = t.activity_date AND d.segment = n.segment
JOIN work.product_classes AS p
    ON p.product_class = n.product_class AND p.product_id = t.product_id
    AND t.activity_date BETWEEN p.valid_from AND p.valid_to
JOIN work.attribute_classes AS a ON a.attribute_class = n.attribute_class AND a.attribute_key = t.attribute_key
GROUP BY n.place
ORDER BY n.place
