"""Hierarchy: the ancestors of every member, level by level and dated; a circle is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from rules.compiled.edges import on_days
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

ANCESTORS = pl.Schema(
    {
        "member_id": pl.String(),
        "ancestor_id": pl.String(),
        "level": pl.String(),
        "distance": pl.Int32(),
        "valid_from": pl.Date(),
        "valid_to": pl.Date(),
    }
)
"""`ancestor_id` stands `distance` edges above `member_id` on these days; `level` is that of the last edge."""


def ancestors_of(edges: pl.DataFrame) -> pl.DataFrame:
    """Return the ancestors of every member, day by day: ANCESTORS, as many levels as there are, in no particular order.

    `edges` is rules.compiled.edges.EDGES, with at most one parent per member and day. On every day on which a chain of
    edges leads from a member to an ancestor there is exactly one row that holds on it.

    Raises:
        BooksError: a member stands above itself on some day; names the members in order, the days and the file.
    """
    reached = edges.select(
        "member_id", "level", "valid_from", "valid_to", ancestor_id="parent_id", distance=pl.lit(1, dtype=pl.Int32)
    ).select(ANCESTORS.names())
    found, circles = [reached.clear()], reached.clear()
    while not reached.is_empty():
        circles = pl.concat([circles, reached.filter(pl.col("member_id") == pl.col("ancestor_id"))])
        # All members of a circle are found in the same step, when its length is reached. Chains that lead into it end
        # there: otherwise the loop would never end.
        reached = reached.join(circles.select(ancestor_id="member_id"), on="ancestor_id", how="anti")
        found.append(reached)
        reached = _above(reached, edges)
    if not circles.is_empty():
        raise BooksError(*_circles(circles, edges))
    return pl.concat(found)


def _above(reached: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Return the chains extended by one edge upward, on the days on which both hold."""
    next_edge = edges.select(
        "parent_id", ancestor_id="member_id", next_level="level", edge_from="valid_from", edge_to="valid_to"
    )
    return (
        reached.join(next_edge, on="ancestor_id")
        .with_columns(
            valid_from=pl.max_horizontal("valid_from", "edge_from"), valid_to=pl.min_horizontal("valid_to", "edge_to")
        )
        .filter(pl.col("valid_from") <= pl.col("valid_to"))
        .select(
            "member_id", "valid_from", "valid_to",
            ancestor_id="parent_id", level="next_level", distance=pl.col("distance") + 1,
        )
        .select(ANCESTORS.names())
    )  # fmt: skip


def _circles(circles: pl.DataFrame, edges: pl.DataFrame) -> Iterator[Problem]:
    """Yield one problem per circle, starting from its smallest member id."""
    # All edges: a member of a circle may not be among `circles`, where a shorter one of other days cut its chain off.
    upward = edges.rows_by_key("member_id", named=True, include_key=False)
    for member, day, last, length in (
        circles.select("member_id", "valid_from", "valid_to", "distance").sort("member_id", "valid_from").iter_rows()
    ):
        around = [_edge_on(upward[member], day)]
        while len(around) < length:
            around.append(_edge_on(upward[around[-1]["parent_id"]], day))
        members = [edge["parent_id"] for edge in around]
        if member == min(members):
            found = f"{' → '.join([member, *members])}: a member stands above itself {on_days(day, last)}"
            todo = "correct or end one of these edges, and load its row again"
            yield Problem(found, todo, at=Place(around[0]["file"], around[0]["line"]))


def _edge_on(edges: Sequence[dict[str, Any]], day: date) -> dict[str, Any]:
    """Return the edge of a member that holds on `day`; there is one on every day of a circle."""
    return next(edge for edge in edges if edge["valid_from"] <= day <= edge["valid_to"])
