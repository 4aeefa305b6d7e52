-- What is added up by day on statements: the transactions of some figures (`many`).
CREATE OR REPLACE TEMP TABLE counted_by_day AS
WITH wanted AS (SELECT * FROM traced_for SEMI JOIN many USING (figure)),
added AS (
    SELECT
        place_no, goods_no, lost_no, bought, activity_date, type, unit, currency, SUM(quantity) AS quantity,
        SUM(amount) AS amount, COUNT(*) AS transactions
    FROM traced
    SEMI JOIN wanted USING (place_no, goods_no, lost_no, bought)
    GROUP BY place_no, goods_no, lost_no, bought, activity_date, type, unit, currency
)
SELECT
    w.figure, a.activity_date, a.type, a.unit, a.currency, CAST(SUM(a.quantity) AS DECIMAL(38, 6)) AS quantity,
    CAST(SUM(a.amount) AS DECIMAL(38, 4)) AS amount, CAST(SUM(a.transactions) AS BIGINT) AS transactions
FROM added AS a
JOIN wanted AS w USING (place_no, goods_no, lost_no, bought)
GROUP BY w.figure, a.activity_date, a.type, a.unit, a.currency
ORDER BY w.figure, a.activity_date, a.type, a.unit, a.currency
