"""The table of rebates: how each of them combines its terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.figure_terms import figure_terms
from rules.compiled.scales import amount_of
from rules.money import minor_units
from schemas.types import VALUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.language.model import Measure, Program, Rebate

_FIGURE = {
    "counted": pl.String(),
    "kind": pl.String(),
    "term": pl.String(),
    "base_term": pl.String(),
    "when_missing": pl.String(),
    "missing_value": VALUE,
}
REBATES = pl.Schema(
    {
        "program": pl.String(),
        "rebate": pl.String(),
        "currency": pl.String(),
        "minor_digits": pl.Int32(),
        **{f"{role}_{name}": dtype for role in ("measure", "qualifier") for name, dtype in _FIGURE.items()},
        "round_digits": pl.Int32(),
        "is_for_all": pl.Boolean(),
        "rule_version": pl.String(),
    }
)
"""How a rebate combines its terms.

For measure_ and qualifier_ alike: what is `counted` (revenue, orders, …), the `kind` of figure made of it (plain,
growth_percent, …), its `term`, the `base_term` with which it is compared (null where there is none), and what is done
`when_missing`. `is_for_all`: a member may be paid without having bought anything.
"""


def compile_rebates(rebates: Sequence[tuple[Program, str, Rebate]]) -> pl.DataFrame:
    """Return one row of REBATES for each rebate, given with its program and name."""
    return pl.DataFrame([_rebate(*each) for each in rebates], schema=REBATES, orient="row")


def _rebate(program: Program, name: str, rebate: Rebate) -> tuple[object, ...]:
    """Return the row of REBATES of one rebate."""
    terms = {part: term for part, (term, _) in figure_terms(program, name, rebate).items()}
    return (
        program.id,
        name,
        program.currency,
        minor_units(program.currency),
        *_figure(rebate.measure, terms, "measure"),
        *_figure(rebate.qualifier, terms, "qualifier"),
        rebate.qualifier.round,
        _is_for_all(rebate),
        program.version,
    )


def _figure(figure: Measure, terms: dict[str, str], role: str) -> tuple[object, ...]:
    """Return the columns of one figure in REBATES."""
    base = terms.get(f"{role}_base")
    return figure.counted, figure.kind, terms[role], base, figure.missing_policy, figure.missing_value


def _is_for_all(rebate: Rebate) -> bool:
    """Return whether a member may be paid without any purchase or visit.

    By a fee, a guarantee, a tier from zero, or a score that is taken for it where no visit has one.
    """
    figures = (rebate.measure, rebate.qualifier)
    fee = any(figure.counted == "constant" for figure in figures)
    assumed = any(figure.counted == "visit_score" and figure.missing_policy == "value" for figure in figures)
    guaranteed = rebate.guarantee is not None and rebate.guarantee.unconditional
    reached = rebate.method != "per_multiple" and any(tier.lower <= 0 and amount_of(tier) for tier in rebate.tiers)
    return fee or assumed or guaranteed or reached
