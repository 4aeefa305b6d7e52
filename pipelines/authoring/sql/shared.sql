-- Transactions that several rebates pay on: every set of groups of alike.sql, by their numbers, how many transactions it
-- has, and a cell of the scan that holds some of them. Cells are looked at, never single transactions; spans, and
-- segments, that the same groups look at are looked at once.
WITH by_span AS (
    SELECT span, LIST(number ORDER BY number) AS members
    FROM (SELECT number, UNNEST(spans) AS span FROM alike)
    GROUP BY span
),
by_segment AS (
    SELECT segment, LIST(number ORDER BY number) AS times
    FROM (SELECT number, UNNEST(segments) AS segment FROM alike)
    GROUP BY segment
),
goods AS (
    SELECT pm.product_class, am.attribute_class, LIST(k.number ORDER BY k.number) AS goods
    FROM alike AS k
    JOIN work.product_matches AS pm ON pm.filter = k.product_filter
    JOIN work.attribute_matches AS am ON am.filter = k.attribute_filter
    GROUP BY ALL
),
cells AS (
    SELECT x.members, w.times, g.goods, SUM(s.transactions) AS transactions,
        MIN({'segment': s.segment, 'span': s.span, 'product_class': s.product_class,
            'attribute_class': s.attribute_class, 'unit': s.unit, 'currency': s.currency}) AS cell
    FROM work.sums AS s
    JOIN by_span AS x USING (span)
    JOIN by_segment AS w USING (segment)
    JOIN goods AS g USING (product_class, attribute_class)
    GROUP BY ALL
)
SELECT
    LIST_SORT(LIST_INTERSECT(LIST_INTERSECT(members, times), goods)) AS numbers,
    CAST(SUM(transactions) AS BIGINT) AS transactions,
    MIN(cell) AS cell
FROM cells
GROUP BY numbers
HAVING LEN(numbers) > 0
ORDER BY numbers
