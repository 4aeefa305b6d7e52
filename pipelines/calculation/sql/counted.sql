-- How many different orders or products count for every node and window, after counting.sql, of the first of the terms
-- that are alike: each once in every part of a window, as long as any of its rows is in force. Grouped first: a count of
-- distinct texts would be held in memory whole.
WITH bought AS (
    SELECT g.basket_no, i.span, i.segment, i.item, SUM(i.rows) AS rows
    FROM work.items AS i
    JOIN counting_goods AS g
        ON g.kind = i.item_kind AND g.product_class = i.product_class AND g.attribute_class = i.attribute_class
    SEMI JOIN counting_places AS p ON p.basket_no = g.basket_no AND p.span = i.span
    GROUP BY ALL
)
SELECT node_no, window_no, COUNT(*) AS items
FROM (
    SELECT n.node_no, w.window_no, w.part, b.item
    FROM bought AS b
    JOIN counting_nodes AS n ON n.span = b.span
    JOIN counting_terms AS m USING (basket_no, program, member_filter, is_baseline)
    JOIN counting_windows AS w ON w.term_no = m.term_no AND w.segment = b.segment
    WHERE m.term_no = m.first_no
    GROUP BY ALL
    HAVING SUM(b.rows) > 0
)
GROUP BY ALL
