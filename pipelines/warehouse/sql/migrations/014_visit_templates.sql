-- The templates of visits are kept and sealed with every run that found them.
CREATE TABLE IF NOT EXISTS visit_templates (
    run_id VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    PRIMARY KEY (run_id, file)
);
ALTER TABLE IF EXISTS seals ADD COLUMN templates_hash VARCHAR;
