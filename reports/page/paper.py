"""How much stands on paper: what is longer is in a file beside it."""

from __future__ import annotations

MOST_TRANSACTIONS = 30
"""The most transactions that a document lists one by one; where there are more, all are in a file beside it."""

MOST_MEMBERS = 12
"""The most members that a document names under a figure: the file says of each transaction who bought."""
