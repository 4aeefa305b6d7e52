"""Turns: parts of the long suite of which each day tries one, so that a few days together try them all.

Whose turn it is says REBATCH_TURN, a number; else the day. A failure is found again with the number that pytest prints.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

# Set once, before any worker is started, which inherits it: midnight may come while tests run.
TURN = int(os.environ.setdefault("REBATCH_TURN", str(datetime.now(UTC).toordinal())))


def turn(of: int) -> int:
    """Return whose turn it is of so many, from 0."""
    return TURN % of
