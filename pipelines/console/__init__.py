"""What a person in a terminal is shown: tables, progress, the report of a run, exit codes."""
