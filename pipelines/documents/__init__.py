"""Statements as PDF: typeset from what was published, on all cores, and only where something has changed."""
