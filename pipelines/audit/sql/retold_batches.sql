-- Batches whose own row tells another story than the decisions, which form a chain: who exported it, when, for which day,
-- and whether and when its folder was handed over.
WITH exported AS (
    SELECT reference AS batch_id, COUNT(*) AS payouts, MIN(person) AS person, MIN(decided_at) AS recorded_at,
        MIN(effective_on) AS exported_on
    FROM decisions WHERE kind = 'export' GROUP BY 1
),
handed_over AS (
    SELECT reference AS batch_id, MAX(decided_at) AS published_at FROM decisions WHERE kind = 'hand_over' GROUP BY 1
)
SELECT b.batch_id, '' AS file, 'the books say of it what nobody decided: ' || concat_ws(
        ', ',
        CASE WHEN b.person IS DISTINCT FROM e.person THEN 'who exported it' END,
        -- Batches made before both had one time were written moments before their decisions.
        CASE WHEN b.recorded_at BETWEEN e.recorded_at - INTERVAL 1 MINUTE AND e.recorded_at THEN NULL
            ELSE 'when it was exported' END,
        CASE WHEN b.exported_on IS DISTINCT FROM e.exported_on THEN 'for which day' END,
        CASE WHEN b.payouts IS DISTINCT FROM e.payouts THEN 'how many payouts it has' END,
        CASE WHEN is_other THEN 'when its folder was handed over' END
    ) AS found
FROM batches AS b
LEFT JOIN exported AS e USING (batch_id)
LEFT JOIN handed_over AS h USING (batch_id),
-- Folders handed over before that was a decision: their batches name no decisions in their manifests.
LATERAL (
    SELECT b.published_at IS DISTINCT FROM h.published_at AND EXISTS (
        FROM batch_files AS f
        WHERE f.batch_id = b.batch_id AND f.path = 'manifest.json' AND contains(decode(f.content), '"decisions"')
    ) AS is_other
) AS o
WHERE found NOT LIKE '%: '
ORDER BY ALL
