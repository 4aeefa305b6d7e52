"""Decisions of people: approve, reject and adjust, and the list of what awaits a decision."""
