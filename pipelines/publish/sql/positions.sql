-- What statements show: per program, rebate, member and period that is running or was posted to in the payout period,
-- the entitlement to date (the settled one once all of it is settled), and what the ledger holds for it.
-- Where a group's payout is shared, qualifier, measure, tier and node_amount are the group's, earned is the member's.
WITH last_place AS (
    SELECT x.program, x.member_id, x.node_id, MAX(s.valid_from) AS since
    FROM work.participants AS x
    JOIN work.member_spans AS s USING (span, member_id)
    WHERE NOT x.is_baseline AND s.valid_from <= $as_of
    GROUP BY x.program, x.member_id, x.node_id
),
latest AS (
    SELECT
        e.*,
        CAST(SUM(e.amount) OVER (PARTITION BY e.program, e.rebate, e.member_id, e.period, e.horizon) AS DECIMAL(18, 4))
            AS earned,
        COUNT(*) OVER (PARTITION BY e.program, e.rebate, e.member_id, e.period, e.horizon) AS nodes
    FROM work.entitlements AS e
    LEFT JOIN last_place AS l USING (program, member_id, node_id)
    -- to_date comes after settled in the alphabet, and is there only while a period is not wholly settled;
    -- of a member that changed its group inside the period, the group it came to last is shown
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY e.program, e.rebate, e.member_id, e.period
        ORDER BY e.horizon DESC, l.since DESC NULLS LAST, e.node_id
    ) = 1
),
posted AS (
    SELECT
        program,
        rebate,
        member_id,
        period,
        ARG_MIN(payee_id, seq) AS payee_id,
        CAST(COALESCE(SUM(amount) FILTER (payout_period < $payout_period), 0) AS DECIMAL(18, 4)) AS posted_before,
        CAST(COALESCE(SUM(amount) FILTER (payout_period = $payout_period), 0) AS DECIMAL(18, 4)) AS posted_now,
        COUNT(*) FILTER (payout_period = $payout_period) AS postings_now,
        ARG_MIN(payout_period, seq) FILTER (payout_period < $payout_period) AS stated
    FROM ledger
    WHERE kind IN ('rebate', 'restatement', 'adjustment')
    GROUP BY program, rebate, member_id, period
),
unconverted AS (
    SELECT horizon, program, rebate, term, member_id, period, CAST(SUM(transactions) AS BIGINT) AS unconverted
    FROM work.unconverted
    GROUP BY horizon, program, rebate, term, member_id, period
)
SELECT
    COALESCE(p.payee_id, e.payee_id) AS payee_id,
    e.program,
    e.rebate,
    e.member_id,
    e.period,
    e.horizon,
    r.measure_term AS term,
    e.period_start,
    e.period_end,
    e.currency,
    e.qualifier,
    e.measure,
    e.baseline,
    e.tier,
    CASE WHEN v.prorate <> 'none' THEN v.prorate END AS prorate,
    e.days,
    e.period_days,
    e.rated,
    e.unrounded,
    e.node_id,
    e.node_amount,
    e.part,
    e.nodes,
    e.earned,
    COALESCE(p.posted_before, 0) AS posted_before,
    COALESCE(p.posted_now, 0) AS posted_now,
    CAST(e.earned - COALESCE(p.posted_before, 0) - COALESCE(p.posted_now, 0) AS DECIMAL(18, 4)) AS open_amount,
    COALESCE(u.unconverted, 0) AS unconverted,
    p.stated
FROM latest AS e
JOIN work.rebates AS r USING (program, rebate)
JOIN work.provisions AS v USING (program, rebate)
LEFT JOIN posted AS p USING (program, rebate, member_id, period)
LEFT JOIN unconverted AS u
    ON u.horizon = e.horizon
    AND u.program = e.program
    AND u.rebate = e.rebate
    AND u.term = r.measure_term
    AND u.member_id = e.node_id
    AND u.period = e.period
WHERE e.horizon = 'to_date' OR e.period_end >= $as_of OR p.postings_now > 0
ORDER BY e.program, e.rebate, e.member_id, e.period
