"""Programs and master data as small tables, from which one scan serves all programs."""
