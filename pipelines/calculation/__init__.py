"""From typed rows to the ledger: the stages aggregate, rate, settle and post."""
