-- What is added up by day on statements: the transactions of some figures (`many`).
CREATE OR REPLACE TEMP TABLE counted_by_day AS
SELECT
    figure, activity_date, type, unit, currency, CAST(SUM(quantity) AS DECIMAL(38, 6)) AS quantity,
    CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount, COUNT(*) AS transactions
FROM counted
SEMI JOIN many USING (figure)
GROUP BY figure, activity_date, type, unit, currency
ORDER BY figure, activity_date, type, unit, currency
