-- The sums of the transactions behind figures, after books.trace: first by the numbers of what they count for.
WITH added AS (
    SELECT
        place_no, goods_no, lost_no, bought, member_id, unit, currency, COUNT(*) AS transactions, SUM(amount) AS amount,
        SUM(quantity) AS quantity
    FROM traced
    GROUP BY place_no, goods_no, lost_no, bought, member_id, unit, currency
)
SELECT
    f.figure, a.member_id AS buyer, a.unit, a.currency, CAST(SUM(a.transactions) AS BIGINT) AS transactions,
    CAST(SUM(a.amount) AS DECIMAL(38, 4)) AS amount, CAST(SUM(a.quantity) AS DECIMAL(38, 6)) AS quantity
FROM added AS a
JOIN traced_for AS f USING (place_no, goods_no, lost_no, bought)
GROUP BY f.figure, a.member_id, a.unit, a.currency
ORDER BY f.figure, a.member_id, a.unit, a.currency
