-- Version 5: what open periods have earned is accrued in the ledger, and kept apart from what payees have to do with.

CREATE VIEW IF NOT EXISTS payable AS
SELECT * FROM ledger WHERE kind NOT IN ('accrual', 'accrual_reversal');
