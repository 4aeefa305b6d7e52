-- What each payee has from each program: entitled is what was posted and what is approved and waits for the next run.
-- posted + written_off = paid + short_paid + open + invoiced + carried, always.
WITH placed AS (
    SELECT
        l.payee_id,
        l.program,
        l.currency,
        l.kind,
        l.amount,
        CASE
            WHEN p.payout_id IS NULL THEN 'carried'
            WHEN p.kind = 'invoice' THEN 'invoiced'
            WHEN p.status IN ('paid', 'short_paid') THEN p.status
            ELSE 'open'
        END AS place
    FROM payable AS l
    LEFT JOIN payout_lines AS n ON n.seq = l.seq AND n.until_run IS NULL
    LEFT JOIN payouts AS p ON p.payout_id = n.payout_id
    UNION ALL
    SELECT payee_id, program, currency, 'waiting', amount, '' FROM waiting WHERE kind = 'adjustment'
),
sums AS (
    SELECT
        payee_id,
        program,
        currency,
        SUM(amount) FILTER (kind IN ('rebate', 'restatement', 'adjustment', 'waiting')) AS entitled,
        SUM(amount) FILTER (kind IN ('rebate', 'restatement', 'adjustment')) AS posted,
        SUM(amount) FILTER (kind = 'write_off') AS written_off,
        SUM(amount) FILTER (place = 'paid') AS paid,
        SUM(amount) FILTER (place = 'short_paid') AS short_paid,
        SUM(amount) FILTER (place = 'open') AS open,
        SUM(amount) FILTER (place = 'invoiced') AS invoiced,
        SUM(amount) FILTER (place = 'carried') AS carried
    FROM placed
    GROUP BY payee_id, program, currency
)
SELECT
    payee_id,
    program,
    currency,
    CAST(COALESCE(COLUMNS(* EXCLUDE (payee_id, program, currency)), 0) AS DECIMAL(18, 4))
FROM sums
ORDER BY payee_id, program, currency
