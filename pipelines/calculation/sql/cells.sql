-- The sums of the scan for every node and window in which they count, after counting.sql: of the first of the terms that
-- are alike.
CREATE OR REPLACE TEMP TABLE counted_cells AS
SELECT
    node_no,
    window_no,
    unit_from AS unit,
    class_from AS product_class,
    currency_from AS currency,
    priced_on,
    CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount,
    CAST(SUM(quantity) AS DECIMAL(38, 6)) AS quantity,
    CAST(SUM(transactions) AS BIGINT) AS transactions
FROM counting_cells
GROUP BY node_no, window_no, unit_from, class_from, currency_from, priced_on
