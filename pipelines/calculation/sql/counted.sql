-- How many different orders or products count for every term, node and window, after counting.sql: each once in every
-- part of a window, as long as any of its rows is in force. Grouped first: a count of distinct texts would be held in
-- memory whole.
SELECT node_no, window_no, COUNT(*) AS items
FROM (
    SELECT x.node_no, w.window_no, w.part, i.item
    FROM work.items AS i
    JOIN counting_spans AS x ON x.span = i.span
    JOIN counting_terms AS m ON m.term_no = x.term_no AND m.kind = i.item_kind
    JOIN counting_goods AS g
        ON g.term_no = x.term_no AND g.product_class = i.product_class AND g.attribute_class = i.attribute_class
    JOIN counting_windows AS w ON w.term_no = x.term_no AND w.segment = i.segment
    GROUP BY ALL
    HAVING SUM(i.rows) > 0
)
GROUP BY ALL
