"""Nodes: the member of the hierarchy at which purchases are added up, and the member that is paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.spans import cut_spans, join_stretches
from rules.language.reading import suggest

if TYPE_CHECKING:
    from collections.abc import Collection

    from rules.language.model import Program
    from rules.language.yaml_text import Marked
    from schemas.errors import Problem

PLACES = ("self", "parent", "root")
"""The values of accumulate_at besides the name of a level."""

_LEVEL_HEIGHT = 2
_HEIGHTS = {"self": 0, "parent": 1, "root": 3}


def is_shared(program: Program) -> bool:
    """Return whether what a node earns is shared among its buyers: the level paid is below the level of accumulation.

    The order is self < parent < a level < root. A payee is not part of it: it is paid for the node.
    """
    accumulated = _HEIGHTS.get(program.accumulate_at, _LEVEL_HEIGHT)
    return program.pay_to != "payee" and _HEIGHTS[program.pay_to] < accumulated


def unknown_level(program: Program, marked: Marked, levels: Collection[str]) -> Problem | None:
    """Return the problem of a `program` that accumulates at a level no edge has; None if there is such an edge.

    Without it every member would only be added up by itself. `levels` are those of the hierarchy data set.
    """
    if program.accumulate_at in {*PLACES, *levels}:
        return None
    found = f"no edge of the hierarchy has the level {program.accumulate_at!r}"
    todo = suggest(program.accumulate_at, {*PLACES, *levels})
    return marked.problem_at(("accumulate_at",), found, todo)


def nodes_at(place: str, edges: pl.DataFrame, ancestors: pl.DataFrame) -> pl.DataFrame:
    """Return the node of each member at `place` (parent, root or a level), where that is another member.

    A member's node on a day is:
        `parent`: the member itself if it is a parent on that day, otherwise its parent, otherwise itself.
        `root`: its topmost ancestor, or itself if it has none.
        a level: the member itself if an edge of that day names it as a parent with that level, otherwise the nearest
        ancestor whose edge has the level, otherwise itself.

    `edges` and `ancestors`: see rules.compiled.edges and rules.compiled.hierarchy. Returns member_id, node_id,
    valid_from, valid_to (both included) in as few rows as possible; on all other days a member is its own node.
    """
    candidates = _candidates(place, edges, ancestors)
    stretches = cut_spans(candidates, "member_id")
    chosen = (
        stretches.join(candidates, on="member_id", suffix="_row")
        .filter(pl.col("valid_from").is_between("valid_from_row", "valid_to_row"))
        .sort("span", "rank")
        .unique("span", keep="first", maintain_order=True)
        .filter(pl.col("node_id") != pl.col("member_id"))
    )
    return join_stretches(chosen, "member_id", "node_id")


def _candidates(place: str, edges: pl.DataFrame, ancestors: pl.DataFrame) -> pl.DataFrame:
    """Return the possible nodes of each member and day; the one of the lowest rank applies."""
    columns = ["member_id", "node_id", "rank", "valid_from", "valid_to"]
    above = ancestors.rename({"ancestor_id": "node_id"})
    if place == "root":
        # The topmost ancestor has the largest distance, so the lowest rank.
        return above.with_columns(rank=-pl.col("distance")).select(columns)
    is_head, is_above = pl.col("level") == place, pl.col("level") == place
    if place == "parent":
        is_head, is_above = pl.lit(value=True), pl.col("distance") == 1
    heads = join_stretches(edges.filter(is_head).drop("member_id"), "parent_id").with_columns(
        member_id="parent_id", node_id="parent_id", rank=pl.lit(0, dtype=pl.Int32)
    )
    return pl.concat([heads.select(columns), above.filter(is_above).rename({"distance": "rank"}).select(columns)])
