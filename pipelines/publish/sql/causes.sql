-- Why the restatements of the payout period were posted: per posting a list of causes, each with the first transaction
-- behind it, its day, and how many there are; see origins.
SELECT
    l.seq,
    LIST({'cause': o.cause, 'transaction_id': t.transaction_id, 'day': t.activity_date, 'rows': o.rows}
        ORDER BY o.cause, o.load_seq, o.first_line) AS causes
FROM payable AS l
JOIN origins AS o USING (posting_id)
LEFT JOIN transactions AS t ON t.load_seq = o.load_seq AND t.line = o.first_line
WHERE l.payout_period = ? AND l.kind = 'restatement'
GROUP BY l.seq
