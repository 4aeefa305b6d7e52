"""What is kept for good: runs, decisions, seals, publications, payees, payout files, backups."""
