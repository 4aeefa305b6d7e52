-- What the transactions behind statements count for, in words (`named`: figure, name), after books.trace.
CREATE OR REPLACE TEMP TABLE counts_for AS
SELECT place_no, goods_no, lost_no, bought, STRING_AGG(n.name, '; ' ORDER BY f.figure) AS counts_for
FROM traced_for AS f
JOIN named AS n USING (figure)
GROUP BY place_no, goods_no, lost_no, bought
ORDER BY place_no
