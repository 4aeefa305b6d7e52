-- What was agreed for programs that are moved back by years (table moved: program, years) is moved with them: enrolments by
-- their days, targets and baselines by the years of their periods. On a scratch copy; the books are attached as books.
CREATE OR REPLACE MACRO moved_back(period, years) AS
    CASE
        WHEN years IS NOT NULL AND REGEXP_MATCHES(period, '^[0-9]{4}')
        THEN CAST(CAST(period[1:4] AS INTEGER) - years AS VARCHAR) || period[5:]
        ELSE period
    END;

CREATE OR REPLACE VIEW enrolments AS
SELECT e.* REPLACE (
    CAST(e.valid_from - TO_YEARS(COALESCE(m.years, 0)) AS DATE) AS valid_from,
    CAST(e.valid_to - TO_YEARS(COALESCE(m.years, 0)) AS DATE) AS valid_to
)
FROM books.enrolments AS e
LEFT JOIN moved AS m ON m.program = e.program;

CREATE OR REPLACE VIEW targets AS
SELECT t.* REPLACE (moved_back(t.period, m.years) AS period)
FROM books.targets AS t
LEFT JOIN moved AS m ON m.program = t.program;

CREATE OR REPLACE VIEW baselines AS
SELECT b.* REPLACE (moved_back(b.period, m.years) AS period)
FROM books.baselines AS b
LEFT JOIN moved AS m ON m.program = b.program;
