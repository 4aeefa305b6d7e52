-- The figures for which the rows of `traced` count, by the numbers that trace.sql gave them. A row may count for none. Not
-- among them is what was left out because no rate or factor converts it: see left_out.sql.
CREATE OR REPLACE TEMP TABLE traced_for AS
SELECT r.place_no, r.goods_no, r.lost_no, r.bought, f.figure
FROM (SELECT DISTINCT place_no, goods_no, lost_no, bought FROM traced) AS r
JOIN (SELECT DISTINCT place_no, UNNEST(here) AS figure FROM traced_places) AS p ON p.place_no = r.place_no
JOIN traced_figures AS f ON f.figure = p.figure AND f.needs <= r.bought
SEMI JOIN (SELECT DISTINCT goods_no, UNNEST(met) AS ask FROM traced_goods) AS g
    ON g.goods_no = r.goods_no AND g.ask = f.ask
ANTI JOIN (SELECT DISTINCT lost_no, UNNEST(lost) AS figure FROM traced_lost) AS u
    ON u.lost_no = r.lost_no AND u.figure = f.figure
