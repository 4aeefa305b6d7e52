WITH used AS (
    SELECT v.program, r.as_of, r.run_seq, v.file, v.text
    FROM rule_versions AS v
    JOIN runs AS r ON LIST_CONTAINS(r.rule_versions, v.rule_version)
    WHERE r.state <> 'computing'
)
SELECT ARG_MAX(file, run_seq), ARG_MAX(text, run_seq), ARG_MAX(as_of, run_seq)
FROM used
WHERE program IN (SELECT program FROM payable) AND NOT LIST_CONTAINS(?, program)
GROUP BY program
ORDER BY program
