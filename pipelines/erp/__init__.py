"""To the ERP and back: export, payment answers, reconciliation, what is outstanding."""
