"""Effects: files, DuckDB, Prefect. A stage reads what the one before it wrote, and writes its own tables."""
