-- Where every member stands in the periods that end on or after $since and have begun: the entitlement to date, or the
-- settled one once all of the period is settled. Of a member that changed its group within a period, the sum.
WITH latest AS (
    SELECT *
    FROM work.entitlements
    -- to_date comes after settled in the alphabet, and is there only while a period is not wholly settled
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY program, rebate, member_id, period, node_id ORDER BY horizon DESC
    ) = 1
)
SELECT
    program,
    rebate,
    member_id,
    period,
    MAX(node_id) AS node_id,
    MAX(payee_id) AS payee_id,
    MIN(period_start) AS period_start,
    MAX(period_end) AS period_end,
    MAX(currency) AS currency,
    MAX(tier) AS tier,
    MAX(qualifier) AS qualifier,
    MAX(measure) AS measure,
    MAX(baseline) AS baseline,
    STRING_AGG(DISTINCT note, '; ' ORDER BY note) FILTER (note <> '') AS note,
    MAX(period_end) >= $as_of AND BOOL_OR(horizon = 'to_date') AS is_open,
    CAST(SUM(amount) AS DECIMAL(18, 4)) AS earned
FROM latest
WHERE period_end >= $since
GROUP BY program, rebate, member_id, period
ORDER BY program, rebate, member_id, period
