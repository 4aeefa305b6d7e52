-- How many different orders or products count for every node and window, after counting.sql, of the first of the terms
-- that are alike: each once in every part of a window, as long as any of its rows is in force. Items that no term looks at
-- are left first: there are as many as orders. Grouped first: a count of distinct texts would be held in memory whole.
CREATE OR REPLACE TEMP TABLE counted_items AS
SELECT node_no, window_no, COUNT(*) AS items
FROM (
    SELECT n.node_no, w.window_no, w.part, b.item
    FROM (
        SELECT g.basket_no, i.span, i.segment, i.item, i.rows
        FROM work.items AS i
        JOIN counting_goods AS g
            ON g.kind = i.item_kind AND g.product_class = i.product_class AND g.attribute_class = i.attribute_class
        SEMI JOIN counting_places AS p ON p.basket_no = g.basket_no AND p.span = i.span
    ) AS b
    JOIN counting_stretches AS w ON w.basket_no = b.basket_no AND w.segment = b.segment
    JOIN counting_members AS n ON n.span = b.span AND n.audience_no = w.audience_no
    GROUP BY ALL
    HAVING SUM(b.rows) > 0
)
GROUP BY ALL
