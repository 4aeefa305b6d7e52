-- Transactions that several rebates pay on: every set of such rebates, how many transactions it has, and a cell of the
-- scan that holds some of them. Cells are looked at, never single transactions.
WITH paid AS (
    SELECT DISTINCT
        s.segment, s.span, s.product_class, s.attribute_class, s.unit, s.currency, s.rate_date, s.transactions,
        m.program, m.rebate
    FROM work.sums AS s
    JOIN work.participants AS x ON x.span = s.span AND NOT x.is_baseline
    JOIN work.rebates AS r ON r.program = x.program
    JOIN work.terms AS m ON m.term = r.measure_term AND m.program = r.program AND m.rebate = r.rebate
        AND m.member_filter = x.member_filter
    JOIN work.product_matches AS pm ON pm.filter = m.product_filter AND pm.product_class = s.product_class
    JOIN work.attribute_matches AS am ON am.filter = m.attribute_filter AND am.attribute_class = s.attribute_class
    SEMI JOIN work.windows AS w ON w.term = m.term AND w.segment = s.segment
    WHERE m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products')
),
cells AS (
    SELECT * EXCLUDE (program, rebate), LIST({'program': program, 'rebate': rebate} ORDER BY program, rebate) AS payers
    FROM (SELECT * FROM paid)
    GROUP BY ALL
    HAVING COUNT(*) > 1
)
SELECT
    payers,
    CAST(SUM(transactions) AS BIGINT) AS transactions,
    MIN({'segment': segment, 'span': span, 'product_class': product_class, 'attribute_class': attribute_class,
        'unit': unit, 'currency': currency}) AS cell
FROM cells
GROUP BY payers
ORDER BY payers
