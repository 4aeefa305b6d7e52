"""Reading the books back: explain, status, balance, verify, past runs, replay, changes."""
