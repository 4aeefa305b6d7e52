-- What changed in the books since posting $seq: per figure and cause, before, after, difference, and what is behind it.
WITH causes AS (
    SELECT
        o.posting_id,
        o.cause,
        CASE
            WHEN o.cause = 'rule_change' THEN COALESCE(n.file, b.file) || ' '
                || COALESCE(LEFT(o.rule_version_before, 8), 'nothing') || ' → '
                || COALESCE(LEFT(o.rule_version, 8), 'nothing')
            WHEN o.load_seq IS NOT NULL THEN l.path || COALESCE(':' || o.first_line, '')
                || CASE WHEN o.rows > 1 THEN ' (' || o.rows || ' rows)' ELSE '' END
        END AS because
    FROM origins AS o
    LEFT JOIN loads AS l USING (load_seq)
    LEFT JOIN rule_versions AS n ON n.rule_version = o.rule_version
    LEFT JOIN rule_versions AS b ON b.rule_version = o.rule_version_before
),
of_posting AS (
    SELECT
        posting_id,
        STRING_AGG(DISTINCT cause, ' + ' ORDER BY cause) AS cause,
        STRING_AGG(DISTINCT because, '; ' ORDER BY because) AS because
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
        CASE WHEN l.kind = 'restatement' THEN o.because ELSE l.reason END AS because
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
        STRING_AGG(DISTINCT because, '; ' ORDER BY because) AS because
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
    because
FROM placed
ORDER BY program, rebate, member_id, payee_id, period, first_seq
