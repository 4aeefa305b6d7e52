"""The inputs of rating: the facts that were added up, and the lookups that say what counts for which term."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

VALUE_KEY = ("horizon", "program", "rebate", "term", "member_id", "period")
"""The key of one value of a term."""


@dataclass(frozen=True)
class Facts:
    """The facts: what was bought and visited, and what was agreed.

    cells: what was bought, added up as far as it is converted alike: node_no, window_no, unit and product_class (of
    quantities), currency and priced_on (of revenue), amount, quantity, transactions. counted: how many different orders
    or products: node_no, window_no, items. nodes: node_no, place (node | part), member_id. windows: window_no, horizon,
    program, rebate, term, period; windows of terms that take the same, are converted alike, and count for the same
    members on the same days, have one number. completed_visits: span, segment, visit. indicators: see
    rules.rating.visit_values.INDICATORS. agreed: kind (target | baseline), program, rebate, member_id, period, value.
    """

    cells: pl.DataFrame
    counted: pl.DataFrame
    nodes: pl.DataFrame
    windows: pl.DataFrame
    completed_visits: pl.DataFrame
    indicators: pl.DataFrame
    agreed: pl.DataFrame

    def at(self, place: Literal["node", "part"]) -> Facts:
        """Return what was bought at nodes, for what they earn, or by the parts of nodes whose payout is shared.

        What was agreed was agreed with nodes. A part is named by a number, which may also be the id of a node.
        """
        agreed = self.agreed if place == "node" else self.agreed.clear()
        return replace(self, nodes=self.nodes.filter(pl.col("place") == place), agreed=agreed)


@dataclass(frozen=True)
class Lookups:
    """The small tables that say which facts count for which term.

    terms, periods, fixed_rates: see rules.compiled.terms. member_spans: span, member_id, valid_from, valid_to.
    participants: program, member_filter, is_baseline, span, member_id (the buyer), node_id (where its purchases are
    added up).
    product_matches: filter, product_class. attribute_matches: filter, attribute_class. windows: horizon, term, period,
    part, segment, end. factors: rules.compiled.conversion.FACTORS. fx_rates: from_currency, to_currency, rate_date,
    rate. day_ratios: rules.compiled.day_ratios.DAY_RATIOS.
    """

    terms: pl.DataFrame
    periods: pl.DataFrame
    member_spans: pl.DataFrame
    participants: pl.DataFrame
    product_matches: pl.DataFrame
    attribute_matches: pl.DataFrame
    windows: pl.DataFrame
    factors: pl.DataFrame
    fx_rates: pl.DataFrame
    fixed_rates: pl.DataFrame
    day_ratios: pl.DataFrame


def audiences(lookups: Lookups) -> pl.LazyFrame:
    """Return whom each rebate is for: program, rebate, member_filter."""
    return lookups.terms.lazy().select("program", "rebate", "member_filter").unique()


def at_nodes(lookups: Lookups) -> Lookups:
    """Return `lookups` with every buyer measured at the node where its purchases are added up."""
    placed = lookups.participants.with_columns(member_id="node_id")
    return replace(lookups, participants=placed)
