-- Whom to rate at a time, after counting.sql, counted_cells and counted_items: the nodes in their order, from the first to
-- the last of each batch. A node weighs what is read for it: its cells and items, once for each window that shares them,
-- its participants, and the periods in which it may be paid on nothing bought. $at_once is what a batch may weigh.
WITH windows AS (
    SELECT first_no AS window_no, COUNT(*) AS count FROM counting_alike GROUP BY first_no
),
weights AS (
    SELECT n.node_id, SUM(w.count) AS weight
    FROM (
        SELECT node_no, window_no FROM counted_cells UNION ALL SELECT node_no, window_no FROM counted_items
    )
    JOIN windows AS w USING (window_no)
    JOIN counted_nodes AS n USING (node_no)
    GROUP BY n.node_id
    UNION ALL
    SELECT p.node_id, SUM(1 + COALESCE(f.periods, 0)) AS weight
    FROM work.participants AS p
    LEFT JOIN (
        SELECT m.program, m.member_filter, COUNT(DISTINCT (t.rebate, t.horizon, t.period)) AS periods
        FROM work.rebates AS r
        JOIN work.terms AS m ON m.program = r.program AND m.rebate = r.rebate
        JOIN work.periods AS t ON t.program = r.program AND t.rebate = r.rebate
        WHERE r.is_for_all
        GROUP BY ALL
    ) AS f ON f.program = p.program AND f.member_filter = p.member_filter AND NOT p.is_baseline
    GROUP BY p.node_id
),
numbered AS (
    SELECT node_id, SUM(SUM(weight)) OVER (ORDER BY node_id) // $at_once AS batch_no FROM weights GROUP BY node_id
)
SELECT MIN(node_id), MAX(node_id) FROM numbered GROUP BY batch_no ORDER BY batch_no
