-- What was accrued and taken back again per program and month, and what is open at the month's end.
WITH months AS (
    SELECT
        program,
        payout_period AS month,
        currency,
        COALESCE(SUM(amount) FILTER (kind = 'accrual'), 0) AS accrued,
        -COALESCE(SUM(amount) FILTER (kind = 'accrual_reversal'), 0) AS reversed
    FROM ledger
    WHERE kind IN ('accrual', 'accrual_reversal')
    GROUP BY program, payout_period, currency
)
SELECT
    program,
    month,
    currency,
    CAST(accrued AS DECIMAL(18, 4)) AS accrued,
    CAST(reversed AS DECIMAL(18, 4)) AS reversed,
    CAST(SUM(accrued - reversed) OVER (PARTITION BY program, currency ORDER BY month) AS DECIMAL(18, 4)) AS open
FROM months
ORDER BY program, month, currency
