"""How many examples a law is tried on: a few with every run of the tests, many where there is time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    from hypothesis import HealthCheck

TIMES = int(os.environ.get("REBATCH_EXAMPLES", "1"))
"""How many times as many; `make test-long` says how many, and runs every law: tests/conftest.py marks them `law`."""


def examples(few: int, *, suppress: tuple[HealthCheck, ...] = ()) -> settings:
    """Return settings for `few` examples, or TIMES as many."""
    return settings(max_examples=few * TIMES, deadline=None, suppress_health_check=suppress)
