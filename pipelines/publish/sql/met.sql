-- Where the rows of `meetings` lie, for overlaps.sql (after paying.sql): tables rather than parts of it, since they are few
-- and DuckDB then looks for the members first.
CREATE OR REPLACE TEMP TABLE met_at AS
SELECT span, segment, place_no FROM paying_at SEMI JOIN meetings USING (place_no);

CREATE OR REPLACE TEMP TABLE met_spans AS
SELECT span, member_id, valid_from, valid_to FROM work.member_spans SEMI JOIN met_at USING (span);

CREATE OR REPLACE TEMP TABLE met_on AS
SELECT product_class, attribute_class, goods_no FROM paying_on SEMI JOIN meetings USING (goods_no);
