-- Counts of stock beside what was ordered: for each count of a product at a member, the count before, what was bought
-- since, and the last day on which it was ordered. Only rows in the unit of the count are added up.
WITH counted AS (
    SELECT c.* RENAME (found AS counted), LAG(found) OVER w AS before, LAG(day) OVER w AS before_on
    FROM counts AS c WINDOW w AS (PARTITION BY member_id, product_id ORDER BY day, visit, row)
),
units AS (SELECT product_id, ANY_VALUE(unit ORDER BY load_seq DESC) AS own_unit FROM ({products}) GROUP BY product_id),
bought AS (
    SELECT t.member_id, t.product_id, t.unit, t.activity_date AS day, SUM(t.quantity) AS quantity
    FROM ({transactions}) AS t SEMI JOIN counts AS c USING (member_id, product_id)
    WHERE t.type IN ('sale', 'return') GROUP BY ALL
)
SELECT
    c.visit, c.row, c.member_id, c.product_id, c.day, c.counted,
    COALESCE(c.unit, u.own_unit) AS unit,
    c.before, c.before_on,
    SUM(b.quantity) FILTER (b.day > c.before_on AND b.day <= c.day) AS bought,
    MAX(b.day) FILTER (b.quantity > 0 AND b.day <= c.day) AS last_ordered_on,
    ARG_MAX(b.quantity, b.day) FILTER (b.quantity > 0 AND b.day <= c.day) AS last_ordered
FROM counted AS c
LEFT JOIN units AS u USING (product_id)
LEFT JOIN bought AS b
    ON b.member_id = c.member_id AND b.product_id = c.product_id AND b.unit = COALESCE(c.unit, u.own_unit)
GROUP BY ALL
ORDER BY c.member_id, c.product_id, c.day, c.visit, c.row
