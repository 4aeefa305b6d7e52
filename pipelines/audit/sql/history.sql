WITH used AS (
    SELECT UNNEST(rule_versions) AS rule_version, run_seq, run_id, as_of
    FROM runs
    WHERE state <> 'computing'
)
SELECT v.program, v.file, v.rule_version, v.text,
    ARG_MIN(u.as_of, u.run_seq) AS known_on,
    ARG_MIN(u.run_id, u.run_seq) AS first_run,
    ARG_MAX(u.run_id, u.run_seq) AS last_run,
    COALESCE(MAX(u.run_seq) = (SELECT MAX(run_seq) FROM used), false) AS in_force
FROM rule_versions AS v
LEFT JOIN used AS u USING (rule_version)
GROUP BY v.program, v.file, v.rule_version, v.text
ORDER BY v.program, MIN(u.run_seq) NULLS LAST, v.rule_version
