"""Effects: files, DuckDB, Prefect. A stage reads what the stage before it left and writes its own."""
