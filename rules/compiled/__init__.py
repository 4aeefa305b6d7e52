"""Programs and master data as small tables, with which one scan serves all programs."""
