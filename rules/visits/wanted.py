"""Who is to be visited: the members that templates are for, how often, and on which days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.filters import matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.visits.template import Template

WANTED = pl.Schema(
    {"member_id": pl.String(), "template": pl.String(), "every": pl.Int64(), "first": pl.Date(), "last": pl.Date()}
)
"""A member that a template is for: every so many days, from the first day to the last, both included."""

_EVER = (date(1900, 1, 1), date(2199, 12, 31))


def wanted_visits(templates: Sequence[Template], members: pl.DataFrame) -> pl.DataFrame:
    """Return WANTED, by member, template and first day.

    members: rows in force, with member_id, joined_on, valid_from, valid_to and what filters name.
    """
    parts = [_of_template(template, members) for template in templates]
    return pl.concat([pl.DataFrame(schema=WANTED), *parts]).sort("member_id", "template", "first")


def directions_of(templates: Sequence[Template]) -> pl.DataFrame:
    """Return in which direction indicators count: template, kpi, direction; the latest file of a template says so."""
    rows = {(template.id, each.id): each.direction for template in templates for each in template.indicators}
    return pl.DataFrame(
        [(*key, direction) for key, direction in rows.items()],
        {"template": pl.String, "kpi": pl.String, "direction": pl.String},
        orient="row",
    )


def stock_indicators(templates: Sequence[Template]) -> list[str]:
    """Return the indicators that count stock."""
    return sorted({each.id for template in templates for each in template.indicators if each.stock})


def template_on(templates: Sequence[Template], name: str, day: date) -> Template | None:
    """Return the template of this id that holds on a day; None if none does."""
    holding = (each for each in templates if each.id == name and each.effective.start <= day <= each.effective.end)
    return next(holding, None)


def _of_template(template: Template, members: pl.DataFrame) -> pl.DataFrame:
    columns = members.columns
    every = pl.lit(None, pl.Int64)
    for cadence in reversed(template.frequency):
        every = pl.when(matches(cadence.members, columns)).then(pl.lit(cadence.every, pl.Int64)).otherwise(every)
    first = pl.max_horizontal(
        pl.lit(template.effective.start),
        pl.col("valid_from").fill_null(_EVER[0]),
        pl.col("joined_on").fill_null(_EVER[0]),
    )
    last = pl.min_horizontal(pl.lit(template.effective.end), pl.col("valid_to").fill_null(_EVER[1]))
    return (
        members.filter(matches(template.members, columns))
        .select("member_id", template=pl.lit(template.id), every=every, first=first, last=last)
        .filter(pl.col("every").is_not_null(), pl.col("first") <= pl.col("last"))
    )
