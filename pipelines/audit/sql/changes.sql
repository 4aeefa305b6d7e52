-- What changed in the books since posting $seq: per figure and cause, before, after, difference, and what is behind it:
-- `reasons` for the figure itself, `sources` without the places in them. wordings says what rule changes are about.
WITH causes AS (
    SELECT
        o.posting_id,
        o.cause,
        CASE
            WHEN o.cause = 'rule_change' THEN w.words
            WHEN o.cause = 'moved' THEN 'returns moved with their sale ' || COALESCE(s.transaction_id, 'that went')
                || ': ' || l.path || COALESCE(':' || o.first_line, '')
            WHEN o.load_seq IS NOT NULL THEN l.path || COALESCE(':' || o.first_line, '')
                || CASE WHEN o.rows > 1 THEN ' (' || o.rows || ' rows)' ELSE '' END
        END AS because,
        COALESCE(w.words, l.path) AS source
    FROM origins AS o
    JOIN payable AS p USING (posting_id)
    LEFT JOIN loads AS l USING (load_seq)
    LEFT JOIN transactions AS s ON o.cause = 'moved' AND s.load_seq = o.load_seq AND s.line = o.first_line
    LEFT JOIN wordings AS w
        ON w.program = p.program AND w.rebate = p.rebate AND o.cause = 'rule_change'
        AND w.rule_version IS NOT DISTINCT FROM o.rule_version
        AND w.rule_version_before IS NOT DISTINCT FROM o.rule_version_before
    WHERE p.seq > $seq
),
of_posting AS (
    SELECT
        posting_id,
        STRING_AGG(DISTINCT cause, ' + ' ORDER BY cause) AS cause,
        LIST_DISTINCT(LIST(because)) AS reasons,
        LIST_DISTINCT(LIST(source)) AS sources
    FROM causes
    GROUP BY posting_id
),
since AS (
    SELECT
        l.*,
        CASE
            WHEN l.kind = 'rebate' THEN 'settled'
            WHEN l.kind = 'restatement' THEN COALESCE(o.cause, 'not recorded')
            ELSE l.kind
        END AS cause,
        CASE WHEN l.kind = 'restatement' THEN o.reasons ELSE [l.reason] END AS reasons,
        CASE WHEN l.kind = 'restatement' THEN o.sources ELSE [l.reason] END AS sources
    FROM payable AS l
    LEFT JOIN of_posting AS o USING (posting_id)
    WHERE l.seq > $seq
),
changed AS (
    SELECT
        program, rebate, member_id, payee_id, period, currency, cause,
        MIN(seq) AS first_seq,
        SUM(amount) AS difference,
        COUNT(*) AS postings,
        LIST_SORT(LIST_DISTINCT(FLATTEN(LIST(reasons) FILTER (reasons IS NOT NULL)))) AS reasons,
        LIST_SORT(LIST_DISTINCT(FLATTEN(LIST(sources) FILTER (sources IS NOT NULL)))) AS sources
    FROM since
    GROUP BY ALL
),
known AS (
    SELECT program, rebate, member_id, payee_id, period, currency, SUM(amount) AS amount
    FROM payable
    WHERE seq <= $seq
    GROUP BY ALL
),
placed AS (
    SELECT
        c.*,
        COALESCE(k.amount, 0) + SUM(c.difference) OVER (
            PARTITION BY program, rebate, member_id, payee_id, period, currency ORDER BY c.first_seq
        ) AS after
    FROM changed AS c
    LEFT JOIN known AS k USING (program, rebate, member_id, payee_id, period, currency)
)
SELECT
    program, rebate, member_id, payee_id, period, cause, currency,
    CAST(after - difference AS DECIMAL(18, 4)) AS before,
    CAST(after AS DECIMAL(18, 4)) AS after,
    CAST(difference AS DECIMAL(18, 4)) AS difference,
    postings,
    NULLIF(ARRAY_TO_STRING(reasons, '; '), '') AS because,
    COALESCE(sources, []) AS sources
FROM placed
ORDER BY program, rebate, member_id, payee_id, period, first_seq
