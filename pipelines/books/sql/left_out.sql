-- The transactions that would count for a figure but were left out of it, because no rate or factor converts them.
SELECT
    u.horizon,
    u.program,
    u.rebate,
    u.term,
    u.member_id AS node_id,
    t.member_id,
    u.period,
    t.transaction_id,
    t.happened_on AS activity_date,
    t.product_id,
    t.type,
    t.quantity,
    t.unit,
    t.amount,
    t.currency,
    u.target,
    u.priced_on,
    CASE WHEN m.kind = 'revenue' THEN 'no_rate' ELSE 'no_factor' END AS reason,
    CASE
        WHEN m.kind <> 'revenue' AND EXISTS (
            FROM work.factors AS f
            WHERE f.unit = lower(trim(t.unit)) AND f.target = u.target AND f.multiplier IS NULL
                AND COALESCE(f.product_class, u.product_class) = u.product_class
        ) THEN 'correct the factors from ' || t.unit || ' to ' || u.target
            || ' in unit_conversions: they contradict each other, or cannot be added exactly with the others'
        WHEN m.kind <> 'revenue' THEN 'load a factor from ' || t.unit || ' to ' || u.target || ' into unit_conversions'
        WHEN m.priced_by = 'fixed' THEN 'add ' || t.currency || ' to the fixed rates of ' || u.program
        -- A rate that holds for the day and yet converted nothing.
        WHEN EXISTS (
            FROM work.fx_rates AS r
            WHERE r.from_currency = t.currency AND r.to_currency = u.target
                AND r.rate_date BETWEEN u.priced_on - 7 AND u.priced_on
        ) THEN 'correct the rates from ' || t.currency || ' to ' || u.target
            || ' that contradict each other'
        WHEN m.priced_by = 'period_end' THEN 'load a rate from ' || t.currency || ' to ' || u.target || ' of '
            || CAST(u.priced_on AS VARCHAR) || ' or the seven days before'
        ELSE 'load a rate from ' || t.currency || ' to ' || u.target || ' of the day or the seven days before'
    END AS todo,
    l.path,
    t.line
FROM work.unconverted AS u
JOIN work.terms AS m ON m.term = u.term
JOIN work.member_spans AS s ON s.span = u.span
JOIN work.days AS d ON d.segment = u.segment
JOIN work.transactions_in_force AS t
    ON t.activity_date = d.activity_date
    AND t.member_id = s.member_id
    AND t.activity_date BETWEEN s.valid_from AND s.valid_to
    AND t.unit = u.unit
    AND t.currency = u.currency
    AND (u.rate_date IS NULL OR u.rate_date = t.activity_date)
JOIN work.product_classes AS p
    ON p.product_class = u.product_class
    AND p.product_id = t.product_id
    AND t.activity_date BETWEEN p.valid_from AND p.valid_to
JOIN work.attribute_classes AS a ON a.attribute_class = u.attribute_class AND a.attribute_key = t.attribute_key
JOIN loads AS l ON l.load_seq = t.load_seq
