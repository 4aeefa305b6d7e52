-- How many different orders or products count for every node and window, after counting.sql, of the first of the terms
-- that are alike: each once in every part of a window, as long as any of its rows is in force. Grouped first: a count of
-- distinct texts would be held in memory whole.
SELECT node_no, window_no, COUNT(*) AS items
FROM (
    SELECT n.node_no, w.window_no, w.part, i.item
    FROM work.items AS i
    JOIN counting_goods AS g
        ON g.kind = i.item_kind AND g.product_class = i.product_class AND g.attribute_class = i.attribute_class
    JOIN counting_stretches AS w ON w.basket_no = g.basket_no AND w.segment = i.segment
    JOIN counting_members AS n ON n.span = i.span AND n.audience_no = w.audience_no
    GROUP BY ALL
    HAVING SUM(i.rows) > 0
)
GROUP BY ALL
