-- The transactions in force of a payee and of those that are paid through it alone, from a day on, the newest first; kept
-- payee by payee. Who is paid by itself too, for whatever program, keeps what it buys to itself: what of it counts for a
-- rebate of its group stands in the group's statement. What a member bought while it was not below the group that it
-- belongs to now is not the group's to see.
CREATE OR REPLACE TEMP TABLE purchases AS
WITH buyers AS (
    SELECT y.payee_id, y.member_id FROM work.payees AS y ANTI JOIN wanted AS own ON own.payee_id = y.member_id
    UNION
    SELECT payee_id, payee_id FROM wanted
)
SELECT
    b.payee_id, t.happened_on AS activity_date, t.transaction_id, t.member_id, m.payee_name AS member_name, t.product_id,
    n.name AS product_name, t.type, t.quantity, t.unit, t.amount, t.currency
FROM work.transactions_in_force AS t
JOIN buyers AS b USING (member_id)
SEMI JOIN wanted AS w ON w.payee_id = b.payee_id
LEFT JOIN names AS m ON m.payee_id = t.member_id
LEFT JOIN work.product_names AS n USING (product_id)
WHERE COALESCE(t.counted_by, 'own_day') = 'own_day' AND t.happened_on BETWEEN $since AND $as_of
    AND (
        NOT EXISTS (FROM above AS a WHERE a.member_id = t.member_id AND a.ancestor_id = b.payee_id)
        OR EXISTS (
            FROM above AS a
            WHERE a.member_id = t.member_id AND a.ancestor_id = b.payee_id
                AND t.happened_on BETWEEN a.valid_from AND a.valid_to
        )
    )
ORDER BY b.payee_id, t.happened_on DESC, t.transaction_id, t.load_seq, t.line
