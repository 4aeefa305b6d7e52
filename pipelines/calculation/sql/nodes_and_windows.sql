-- The nodes of cells and items, and their windows, once for each of the terms that are alike, after counting.sql.
CREATE OR REPLACE TEMP TABLE counted_nodes AS
SELECT DISTINCT node_no, place, node_id, member_id FROM counting_nodes;

CREATE OR REPLACE TEMP TABLE counted_windows AS
SELECT DISTINCT a.first_no AS window_no, w.horizon, m.program, m.rebate, m.term, w.period
FROM counting_windows AS w
JOIN counting_terms AS m USING (term_no)
JOIN counting_alike AS a USING (window_no);
