"""Visits: the files of a plan, the sheet of a rep's day, and the report."""
