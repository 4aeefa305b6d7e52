-- The one scan: every transaction in force on a day that any rule looks at, added up by all that any rule
-- distinguishes. Runs unchanged on any engine that joins on equality and from/to ranges and adds decimals.
-- To run by hand: open the warehouse between runs; the tables it reads are those the last run left in `work`.
SELECT
    s.span,
    p.product_class,
    a.attribute_class,
    d.segment,
    t.unit,
    t.currency,
    CASE WHEN f.currency IS NULL THEN NULL ELSE t.activity_date END AS rate_date,
    CAST(SUM(t.amount) AS DECIMAL(38, 4)) AS amount,
    CAST(SUM(t.quantity) AS DECIMAL(38, 6)) AS quantity,
    CAST(COUNT(*) AS BIGINT) AS transactions
FROM work.transactions_in_force AS t
JOIN work.days AS d ON d.activity_date = t.activity_date
JOIN work.member_spans AS s ON s.member_id = t.member_id AND t.activity_date BETWEEN s.valid_from AND s.valid_to
JOIN work.product_classes AS p ON p.product_id = t.product_id AND t.activity_date BETWEEN p.valid_from AND p.valid_to
JOIN work.attribute_classes AS a ON a.attribute_key = t.attribute_key
LEFT JOIN work.foreign_currencies AS f ON f.span = s.span AND f.currency = t.currency
GROUP BY
    s.span,
    p.product_class,
    a.attribute_class,
    d.segment,
    t.unit,
    t.currency,
    CASE WHEN f.currency IS NULL THEN NULL ELSE t.activity_date END
