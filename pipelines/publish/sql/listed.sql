-- The transactions of statements: one row each, or, where a position has more of them than anybody reads, their sums by
-- day, type, unit and currency. `counted` holds them all.
WITH many AS (
    SELECT payee_id, program, rebate, member_id, period
    FROM counted
    GROUP BY payee_id, program, rebate, member_id, period
    HAVING COUNT(*) > $listed_most
)
SELECT
    payee_id, program, rebate, member_id, period,
    activity_date, transaction_id, product_id, product_name, type, quantity, unit, amount, currency,
    CAST(1 AS BIGINT) AS transactions, entry
FROM counted ANTI JOIN many USING (payee_id, program, rebate, member_id, period)
UNION ALL
SELECT
    payee_id, program, rebate, member_id, period,
    activity_date, '', '', '', type, CAST(SUM(quantity) AS DECIMAL(18, 6)), unit,
    CAST(SUM(amount) AS DECIMAL(18, 4)), currency, COUNT(*), -ROW_NUMBER() OVER ()
FROM counted SEMI JOIN many USING (payee_id, program, rebate, member_id, period)
GROUP BY payee_id, program, rebate, member_id, period, activity_date, type, unit, currency
