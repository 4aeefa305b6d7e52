-- What made the settled figures of some keys (`restated`) change since the run before: rows that came late, rows that
-- corrected others, another rule text, other data. To run by hand: `changed` is what changed.sql makes; `places` holds
-- the nodes that each key rests on; `traced` the changed rows behind the figures that are settled there (see books.trace).
WITH counted AS (
    SELECT DISTINCT f.program, f.rebate, f.node_id, f.period, t.load_seq, t.line
    FROM traced AS t
    JOIN traced_for USING (place_no, goods_no, lost_no, bought)
    JOIN traced_figures AS f USING (figure)
),
of_nodes AS (
    SELECT n.program, n.rebate, n.node_id, n.period, c.cause, c.caused_by AS load_seq,
        COUNT(DISTINCT c.row_key) AS rows,
        MIN(c.first_line) AS first_line
    FROM counted AS n
    JOIN changed AS c ON c.load_seq = n.load_seq AND c.line = n.line
    GROUP BY ALL
),
on_nodes AS (
    SELECT *, COUNT(*) OVER (PARTITION BY program, rebate, member_id, period) AS nodes
    FROM places
    SEMI JOIN of_nodes USING (program, rebate, node_id, period)
),
-- A row may count at a member and at its group: only what rests on several nodes is counted again row by row.
of_rows AS (
    SELECT k.program, k.rebate, k.member_id, k.period, n.cause, n.load_seq, n.rows, n.first_line
    FROM on_nodes AS k
    JOIN of_nodes AS n USING (program, rebate, node_id, period)
    WHERE k.nodes = 1
    UNION ALL
    SELECT k.program, k.rebate, k.member_id, k.period, c.cause, c.caused_by AS load_seq,
        COUNT(DISTINCT c.row_key) AS rows,
        MIN(c.first_line) AS first_line
    FROM on_nodes AS k
    JOIN counted AS n USING (program, rebate, node_id, period)
    JOIN changed AS c ON c.load_seq = n.load_seq AND c.line = n.line
    WHERE k.nodes > 1
    GROUP BY ALL
),
of_rules AS (
    SELECT k.program, k.rebate, k.member_id, k.period, 'rule_change' AS cause,
        n.rule_version, b.rule_version AS rule_version_before
    FROM restated AS k
    LEFT JOIN (SELECT * FROM rule_versions WHERE LIST_CONTAINS($rules, rule_version)) AS n USING (program)
    LEFT JOIN (SELECT * FROM rule_versions WHERE LIST_CONTAINS($rules_before, rule_version)) AS b USING (program)
    WHERE n.rule_version IS DISTINCT FROM b.rule_version
),
unexplained AS (
    SELECT r.*, v.budget, v.program_cap, v.stack_group, n.note
    FROM restated AS r
    ANTI JOIN of_rows USING (program, rebate, member_id, period)
    ANTI JOIN of_rules USING (program, rebate, member_id, period)
    LEFT JOIN work.provisions AS v USING (program, rebate)
    LEFT JOIN (
        SELECT program, rebate, member_id, period, STRING_AGG(note, '; ') AS note
        FROM work.entitlements
        WHERE horizon = 'settled'
        GROUP BY ALL
    ) AS n USING (program, rebate, member_id, period)
),
-- What binds a figure to others, so that it moves with them: by its note now, else by what the rule says.
of_provisions AS (
    SELECT k.program, k.rebate, k.member_id, k.period,
        CASE
            WHEN k.note LIKE '%the budget leaves %' THEN 'budget'
            WHEN k.note LIKE '% by the limit of the program%' THEN 'limit'
            WHEN k.note LIKE '% is paid instead of %' OR k.note LIKE '%reckoned on %' THEN 'stacking'
        END AS cause
    FROM unexplained AS k
    WHERE cause IS NOT NULL
),
of_data AS (
    SELECT k.program, k.rebate, k.member_id, k.period, 'data' AS cause, l.load_seq,
        l.rows_loaded + l.rows_superseded AS rows
    FROM unexplained AS k
    ANTI JOIN of_provisions USING (program, rebate, member_id, period)
    CROSS JOIN loads AS l
    WHERE l.load_seq > $load_seq_before AND l.load_seq <= $load_seq AND l.data_set <> 'transactions'
        AND l.rows_loaded + l.rows_superseded > 0
        AND l.format <> 'kept'  -- the same rows under other keys
)
SELECT * FROM of_rows
UNION ALL BY NAME SELECT * FROM of_rules
UNION ALL BY NAME SELECT * FROM of_provisions
UNION ALL BY NAME SELECT * FROM of_data
UNION ALL BY NAME
SELECT program, rebate, member_id, period,
    CASE
        WHEN budget IS NOT NULL THEN 'budget'
        WHEN program_cap IS NOT NULL THEN 'limit'
        WHEN stack_group IS NOT NULL THEN 'stacking'
        WHEN $is_another_version THEN 'version'
        ELSE 'recomputed'
    END AS cause
FROM unexplained
ANTI JOIN of_provisions USING (program, rebate, member_id, period)
ANTI JOIN of_data USING (program, rebate, member_id, period)
ORDER BY ALL
