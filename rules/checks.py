"""Checks of the books that somebody may have changed: what cannot even be worked out is broken, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

UNFIT = (pl.exceptions.PolarsError, ArithmeticError, LookupError, TypeError, ValueError)
"""What is raised over values that no run ever writes, such as the month 2026-99."""


def worked_out(check: Callable[[], pl.DataFrame], unfit: tuple[type[Exception], ...] = UNFIT) -> pl.DataFrame:
    """Return the rows that break a check; a row that says why (`found`) if the books hold values it cannot work with.

    A check that stopped at such a value would keep the others from saying where it stands.
    """
    try:
        return check()
    except unfit as error:
        # The first line: Polars adds how to write the expression otherwise, which helps nobody here.
        why = str(error).partition("\n")[0]
        return pl.DataFrame(
            {"found": [f"it cannot be worked out from what the books hold: {type(error).__name__}: {why}"]}
        )
