"""Exchange with the ERP: export, payment answers, reconciliation, outstanding payouts."""
