"""The dashboard for managers: one file from the books, that opens from disk."""
