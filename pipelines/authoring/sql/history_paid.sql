-- What every member earns in the periods that end from $first to $last, as far as they have come: the entitlement to date,
-- or the settled one once all of the period is settled. Of a member in two groups, both.
SELECT program, rebate, member_id, period, currency, tier, amount
FROM work.entitlements
WHERE period_end BETWEEN $first AND $last
-- to_date comes after settled in the alphabet, and is there only while a period is not wholly settled
QUALIFY ROW_NUMBER() OVER (
    PARTITION BY program, rebate, member_id, period, node_id ORDER BY horizon DESC
) = 1
ORDER BY program, rebate, member_id, period
