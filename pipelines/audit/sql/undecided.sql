SELECT COALESCE(b.batch_id, d.reference) AS batch_id, '' AS file,
    'payout ' || COALESCE(b.payout_id, d.subject) || CASE
        WHEN d.subject IS NULL THEN ' is in the batch, but nobody decided on it'
        WHEN b.payout_id IS NULL THEN ' was exported, but is not in the batch'
        ELSE ' is not in the batch as it was decided'
    END AS found
FROM batch_payouts AS b
FULL JOIN (SELECT * FROM decisions WHERE kind = 'export') AS d
    ON d.subject = b.payout_id AND d.reference = b.batch_id
WHERE b.amount IS DISTINCT FROM d.amount OR b.currency IS DISTINCT FROM d.currency
ORDER BY ALL
