"""Terminal output: tables, progress bars, the report of a run, exit codes."""
