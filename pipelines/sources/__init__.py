"""How an extract is read: CSV, Parquet, and which of its columns are ours."""
