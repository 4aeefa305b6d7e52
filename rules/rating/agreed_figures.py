"""Figures that were agreed instead of added up: fees, targets, and the baselines of the data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.figure_terms import AGREED
from rules.rating.candidates import present
from schemas.errors import BooksError, Place, Problem
from schemas.types import VALUE

if TYPE_CHECKING:
    from rules.rating.inputs import Lookups

_KEY = ("kind", "program", "rebate", "member_id", "period")
# Enough to see the pattern; a wrong extract may hold thousands of them.
_SHOWN = 20


def constants(lookups: Lookups) -> pl.LazyFrame:
    """Return the constant of its rebate for each member taking part in a period, as values of the constant terms."""
    terms = lookups.terms.lazy().filter(pl.col("kind") == "constant").select("program", "rebate", "term", "constant")
    return present(lookups, terms).join(terms, on=["program", "rebate"]).rename({"constant": "value"})


def agreed_values(agreed: pl.DataFrame, lookups: Lookups) -> pl.LazyFrame:
    """Return the targets and baselines of the members that take part, as values of the agreed terms.

    `agreed` has kind (target | baseline), program, rebate, member_id, period and value.

    Raises:
        BooksError: two sources state different figures; the message names them.
    """
    refuse_contradictions(agreed)
    terms = lookups.terms.lazy().filter(pl.col("kind").is_in(AGREED)).select("program", "rebate", "term", "kind")
    # Two sources may state the same figure; it counts once.
    figures = agreed.lazy().select(*_KEY, pl.col("value").cast(VALUE)).unique()
    return present(lookups, terms).join(terms, on=["program", "rebate"]).join(figures, on=list(_KEY))


def refuse_contradictions(agreed: pl.DataFrame) -> None:
    """Refuse two different figures for one member, rebate and period: which of them was agreed cannot be known.

    Raises:
        BooksError: names the member, the period and the figures.
    """
    twice = agreed.unique([*_KEY, "value"]).filter(pl.len().over(_KEY) > 1).sort(*_KEY, "value")
    if twice.is_empty():
        return
    found = twice.group_by(_KEY, maintain_order=True).agg(pl.col("value").cast(pl.String))
    raise BooksError(
        *(
            Problem(
                f"{member} has {len(values)} {kind}s for {period} of {program}/{rebate}: {', '.join(values)}",
                "let only one source state it",
                at=Place(f"{kind}s"),
            )
            for kind, program, rebate, member, period, values in found.head(_SHOWN).iter_rows()
        )
    )
