"""Visits: how they went, which come next, and what a rep takes along; read from the books, which they never change."""
