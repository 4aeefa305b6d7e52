-- Every member by its latest row in force: its name and region.
CREATE OR REPLACE TEMP TABLE dashboard_members AS
SELECT member_id AS member, COALESCE(name, member_id) AS name, COALESCE(region, '') AS region
FROM members
WHERE superseded_seq IS NULL
QUALIFY 1 = ROW_NUMBER() OVER (
    PARTITION BY member_id ORDER BY valid_from DESC NULLS LAST, load_seq DESC, line DESC
)
