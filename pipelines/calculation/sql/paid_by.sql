-- The wording by which each program with postings was last run, and the last load that run saw.
SELECT v.program, ARG_MAX(v.file, r.run_seq) AS file, ARG_MAX(v.text, r.run_seq) AS text,
    ARG_MAX(r.load_seq, r.run_seq) AS load_seq
FROM rule_versions AS v
JOIN runs AS r ON LIST_CONTAINS(r.rule_versions, v.rule_version)
WHERE r.state <> 'computing' AND v.program IN (SELECT program FROM payable)
GROUP BY v.program
