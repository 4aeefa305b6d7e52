-- What the scan must have seen: the transactions in force on the days that any rule looks at, without any other join.
SELECT
    CAST(COUNT(*) AS BIGINT) AS expected_transactions,
    CAST(COALESCE(SUM(t.amount), 0) AS DECIMAL(38, 4)) AS expected_amount,
    CAST(COALESCE(SUM(t.quantity), 0) AS DECIMAL(38, 6)) AS expected_quantity
FROM work.transactions_in_force AS t
JOIN work.days AS d ON d.activity_date = t.activity_date
