-- Rebates that pay on the very same cells of the scan, as copies of one program do: their number, the spans and segments
-- of these cells, the filters for products and attributes, and who they are.
WITH audiences AS (
    SELECT program, member_filter, LIST(DISTINCT span ORDER BY span) AS spans
    FROM work.participants
    WHERE NOT is_baseline
    GROUP BY ALL
),
times AS (
    SELECT term, LIST(DISTINCT segment ORDER BY segment) AS segments
    FROM work.windows
    GROUP BY ALL
)
SELECT a.spans, t.segments, m.product_filter, m.attribute_filter, ROW_NUMBER() OVER () AS number,
    LIST({'program': m.program, 'rebate': m.rebate}) AS payers
FROM work.rebates AS r
JOIN work.terms AS m ON m.term = r.measure_term AND m.program = r.program AND m.rebate = r.rebate
JOIN audiences AS a ON a.program = m.program AND a.member_filter = m.member_filter
JOIN times AS t ON t.term = m.term
WHERE m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products')
GROUP BY a.spans, t.segments, m.product_filter, m.attribute_filter
