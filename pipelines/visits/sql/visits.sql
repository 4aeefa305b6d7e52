-- Every visit in force, with the latest of its member and the clock of its place: where no place is named, its member's
-- only one.
WITH of_members AS (
    SELECT member_id, ARG_MAX(name, (COALESCE(valid_from, DATE '1900-01-01'), load_seq, line)) AS member_name,
        ARG_MAX(region, (COALESCE(valid_from, DATE '1900-01-01'), load_seq, line)) AS region
    FROM ({members}) GROUP BY member_id
),
places AS (
    SELECT location_id, ANY_VALUE(time_zone ORDER BY source) AS time_zone FROM ({locations}) GROUP BY location_id
),
only_places AS (
    SELECT member_id, ANY_VALUE(location_id) AS location_id FROM ({locations})
    GROUP BY member_id HAVING COUNT(DISTINCT location_id) = 1
)
SELECT
    v.source || chr(31) || v.visit_id AS visit,
    v.visit_id, v.source, v.member_id, m.member_name, v.rep_id, m.region,
    COALESCE(v.location_id, o.location_id) AS location_id,
    p.time_zone,
    v.visit_type, v.status, v.planned_start, v.planned_end, v.actual_start, v.actual_end, v.parent_visit_id, v.program,
    v.priority, v.contact, v.instructions, v.status_remarks, v.notes
FROM ({visits}) AS v
LEFT JOIN of_members AS m USING (member_id)
LEFT JOIN only_places AS o USING (member_id)
LEFT JOIN places AS p ON p.location_id = COALESCE(v.location_id, o.location_id)
ORDER BY visit
