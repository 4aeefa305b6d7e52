-- Transactions that several rebates pay on: every set of such rebates, how many transactions it has, and a cell of the
-- scan that holds some of them. Cells are looked at, never single transactions; and rebates that pay on the very same
-- cells, as copies of one program do, are looked at once.
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
),
alike AS MATERIALIZED (
    SELECT a.spans, t.segments, m.product_filter, m.attribute_filter, ROW_NUMBER() OVER () AS number,
        LIST({'program': m.program, 'rebate': m.rebate}) AS payers
    FROM work.rebates AS r
    JOIN work.terms AS m ON m.term = r.measure_term AND m.program = r.program AND m.rebate = r.rebate
    JOIN audiences AS a ON a.program = m.program AND a.member_filter = m.member_filter
    JOIN times AS t ON t.term = m.term
    WHERE m.kind IN ('revenue', 'quantity', 'transactions', 'orders', 'products')
    GROUP BY a.spans, t.segments, m.product_filter, m.attribute_filter
),
cells AS (
    SELECT
        s.segment, s.span, s.product_class, s.attribute_class, s.unit, s.currency, s.rate_date, s.transactions,
        LIST(k.number ORDER BY k.number) AS numbers
    FROM work.sums AS s
    JOIN (SELECT number, UNNEST(spans) AS span FROM alike) AS x ON x.span = s.span
    JOIN (SELECT number, UNNEST(segments) AS segment FROM alike) AS w ON w.number = x.number AND w.segment = s.segment
    JOIN (SELECT number, product_filter, attribute_filter FROM alike) AS k ON k.number = x.number
    JOIN work.product_matches AS pm ON pm.filter = k.product_filter AND pm.product_class = s.product_class
    JOIN work.attribute_matches AS am ON am.filter = k.attribute_filter AND am.attribute_class = s.attribute_class
    GROUP BY ALL
),
sets AS (
    SELECT
        numbers,
        CAST(SUM(transactions) AS BIGINT) AS transactions,
        MIN({'segment': segment, 'span': span, 'product_class': product_class, 'attribute_class': attribute_class,
            'unit': unit, 'currency': currency}) AS cell
    FROM cells
    GROUP BY numbers
)
SELECT LIST_SORT(FLATTEN(LIST(k.payers))) AS payers, ANY_VALUE(s.transactions) AS transactions, ANY_VALUE(s.cell) AS cell
FROM (SELECT *, UNNEST(numbers) AS number FROM sets) AS s
JOIN alike AS k USING (number)
GROUP BY s.numbers
HAVING LEN(payers) > 1
ORDER BY payers
