-- By member: in how many of its open periods a tier is reached so far, of how many.
SELECT member_id, COUNT(*) AS rebates, COUNT(*) FILTER (tier > 0) AS reached
FROM work.entitlements WHERE horizon = 'to_date' GROUP BY member_id ORDER BY member_id
