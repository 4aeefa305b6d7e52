SELECT program, rebate, term, ARG_MIN(role, rank) AS counts_as
FROM (
    SELECT program, rebate, measure_term AS term, 'measure' AS role, 1 AS rank FROM work.rebates
    UNION ALL
    SELECT program, rebate, qualifier_term, 'qualifier', 2 FROM work.rebates
    UNION ALL
    SELECT program, rebate, UNNEST([qualifier_base_term, measure_base_term]),
        CASE WHEN 'share_percent' IN (qualifier_kind, measure_kind) THEN 'whole' ELSE 'baseline' END, 3
    FROM work.rebates
)
WHERE term IS NOT NULL
GROUP BY program, rebate, term
