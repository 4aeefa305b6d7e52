"""Statements as PDF: the view of a page, made ready for the typesetter."""
