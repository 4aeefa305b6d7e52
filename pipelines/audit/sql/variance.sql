-- What was accrued before a period was settled against what was posted then: one row per settlement of a rebate's
-- period, from the first run on before which anything was accrued. What is still accrued after an interim settlement is
-- earned and not posted yet, so the difference is what the settlement added to the expense.
WITH accruals AS (
    SELECT l.program, l.rebate, l.period, l.member_id, l.amount, r.run_seq
    FROM ledger AS l
    JOIN runs AS r USING (run_id)
    WHERE l.kind IN ('accrual', 'accrual_reversal')
),
settled AS (
    SELECT s.program, s.rebate, s.period, s.settled_through, r.as_of AS settled_on, r.run_id, r.run_seq
    FROM settlements AS s
    JOIN runs AS r USING (run_id)
    WHERE r.run_seq > (SELECT MIN(run_seq) FROM accruals)
),
before AS (
    SELECT s.program, s.rebate, s.period, s.run_id,
        SUM(a.amount) FILTER (a.run_seq < s.run_seq) AS accrued,
        SUM(a.amount) AS still_accrued
    FROM settled AS s
    JOIN accruals AS a USING (program, rebate, period)
    WHERE a.run_seq <= s.run_seq
    GROUP BY ALL
),
posted AS (
    SELECT program, rebate, period, run_id, ANY_VALUE(currency) AS currency,
        SUM(amount) FILTER (kind = 'rebate') AS posted
    FROM ledger
    WHERE kind IN ('rebate', 'accrual', 'accrual_reversal')
    GROUP BY ALL
)
SELECT
    s.program,
    s.rebate,
    s.period,
    s.settled_through,
    s.settled_on,
    p.currency,
    CAST(COALESCE(b.accrued, 0) AS DECIMAL(18, 4)) AS accrued,
    CAST(COALESCE(p.posted, 0) AS DECIMAL(18, 4)) AS posted,
    CAST(COALESCE(b.still_accrued, 0) AS DECIMAL(18, 4)) AS still_accrued,
    CAST(COALESCE(p.posted, 0) + COALESCE(b.still_accrued, 0) - COALESCE(b.accrued, 0) AS DECIMAL(18, 4)) AS difference
FROM settled AS s
JOIN posted AS p USING (program, rebate, period, run_id)
LEFT JOIN before AS b USING (program, rebate, period, run_id)
ORDER BY s.program, s.rebate, s.period, s.settled_through
