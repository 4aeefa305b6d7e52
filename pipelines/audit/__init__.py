"""Reading the books back: explain, status, balance, accruals, changes, verify, replay."""
