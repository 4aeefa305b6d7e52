"""Edges: who stands directly above whom, on which days, and the file and row that state it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.spans import FIRST_DAY, LAST_DAY
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

EDGES = pl.Schema(
    {
        "member_id": pl.String(),
        "parent_id": pl.String(),
        "level": pl.String(),
        "valid_from": pl.Date(),
        "valid_to": pl.Date(),
        "file": pl.String(),
        "line": pl.Int64(),
    }
)
"""An edge: `parent_id` stands above `member_id` from valid_from to valid_to, both included and never null.

`level` names the level of the parent (null: not stated). file is empty where it is not known.
"""


def read_edges(hierarchy: pl.DataFrame, members: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """Return the edges in force: EDGES, those of a member in the order of their days.

    `hierarchy` and `members` are the rows in force of these data sets, with their load_seq and line; `files` has the
    path of each load_seq. If `hierarchy` has any row, only it counts; otherwise the parent_id of `members` does, on the
    days of their rows, and no edge has a level.

    Raises:
        BooksError: a member has two parents on the same day, or either of the two is no member; names all of them.
    """
    if hierarchy.is_empty():
        stated = members.drop_nulls("parent_id").with_columns(level=pl.lit(None, dtype=pl.String))
    else:
        stated = hierarchy
    edges = (
        stated.join(files, on="load_seq", how="left")
        .with_columns(
            pl.col("valid_from").fill_null(FIRST_DAY),
            pl.col("valid_to").fill_null(LAST_DAY),
            file=pl.col("path").fill_null(""),
        )
        .select(EDGES.names())
        .cast(EDGES)
        .sort("member_id", "valid_from", "valid_to", "parent_id")
    )
    if problems := [*_unknown(edges, members), *_double(edges)]:
        raise BooksError(*problems)
    return edges


def on_days(first: date, last: date) -> str:
    """Return the days as text, such as "from 2026-01-01 on"."""
    if last == LAST_DAY:
        return "on every day" if first == FIRST_DAY else f"from {first} on"
    return f"until {last}" if first == FIRST_DAY else f"from {first} to {last}"


def _unknown(edges: pl.DataFrame, members: pl.DataFrame) -> Iterator[Problem]:
    """Yield a problem for each member of an edge that has no row in members at all."""
    for column, what in (("member_id", "the member {0!r} below {1!r}"), ("parent_id", "the parent {0!r} of {1!r}")):
        other = "parent_id" if column == "member_id" else "member_id"
        lost = edges.join(members, left_on=column, right_on="member_id", how="anti")
        for row in lost.unique(column, keep="first", maintain_order=True).iter_rows(named=True):
            found = f"{what.format(row[column], row[other])} is not among the members"
            yield Problem(found, "load its row into members, or correct the edge", at=Place(row["file"], row["line"]))


def _double(edges: pl.DataFrame) -> Iterator[Problem]:
    """Yield a problem for each day range on which a member has two parents.

    If any two rows of a member overlap, two neighbours in the order of their first days do.
    """
    earlier = {f"earlier_{name}": pl.col(name).shift() for name in ("member_id", "parent_id", "valid_to")}
    is_same = pl.col("earlier_member_id") == pl.col("member_id")
    twice = edges.with_columns(**earlier).filter(is_same, pl.col("earlier_valid_to") >= pl.col("valid_from"))
    for row in twice.iter_rows(named=True):
        days = on_days(row["valid_from"], min(row["valid_to"], row["earlier_valid_to"]))
        found = f"{row['member_id']!r} has two parents {days}: {row['earlier_parent_id']!r} and {row['parent_id']!r}"
        yield Problem(found, "end one of the two edges before the other begins", at=Place(row["file"], row["line"]))
