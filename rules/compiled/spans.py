"""Spans: the ranges of days within which every program treats a member, or a product, alike."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

# The first and last day that Python and Polars know, for rows without a limit.
FIRST_DAY = date(1, 1, 1)
LAST_DAY = date(9999, 12, 31)
_DAY = pl.duration(days=1)
_APART = 10_000_000  # more days than there are from FIRST_DAY to LAST_DAY


def cut_spans(rows: pl.DataFrame, key: str, *also: pl.DataFrame) -> pl.DataFrame:
    """Return the time of each `key`, cut wherever one of its rows, or of the rows in `also`, begins or ends.

    All frames have `key`, valid_from and valid_to (null: unlimited). The result has one row per span: span (i32, from
    1), `key`, valid_from, valid_to; together the spans of a key cover all days exactly once.
    """
    beginning = rows.select(key, begins=pl.lit(FIRST_DAY)).unique()
    known = [frame.join(beginning, on=key, how="semi") for frame in also]
    return (
        pl.concat([beginning, *(_edges(frame, key) for frame in (rows, *known))])
        .unique()
        .sort(key, "begins")
        .with_columns(next_begins=pl.when(pl.col(key) == pl.col(key).shift(-1)).then(pl.col("begins").shift(-1)))
        .select(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int32).alias("span"),
            key,
            valid_from="begins",
            valid_to=(pl.col("next_begins") - _DAY).fill_null(LAST_DAY),
        )
    )


def span_attributes(spans: pl.DataFrame, rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return `spans` with the attributes that hold during each, and is_held: whether any row holds (otherwise null).

    Raises:
        BooksError: two rows of one key hold on the same day.
    """
    held = (
        spans.join(_bounded(rows), on=key)
        .filter(pl.col("valid_from").is_between("row_from", "row_to"))
        .drop("row_from", "row_to", key, "valid_from", "valid_to")
    )
    twice = spans.join(held.filter(pl.col("span").is_duplicated()), on="span", how="semi").sort("span")
    if not twice.is_empty():
        raise BooksError(
            *(
                Problem(f"two rows of {key} {row[key]!r} hold on {row['valid_from']}", "end one of them before")
                # One problem per key: two overlapping rows usually share many spans.
                for row in twice.unique(key, keep="first", maintain_order=True).iter_rows(named=True)
            )
        )
    return spans.join(
        held.with_columns(is_held=pl.lit(value=True)), on="span", how="left", maintain_order="left"
    ).with_columns(pl.col("is_held").fill_null(value=False))


def join_stretches(rows: pl.DataFrame, *key: str) -> pl.DataFrame:
    """Return the date ranges of each key with those that touch or overlap joined into one.

    `rows` has the key, valid_from and valid_to (none null). Returns key, valid_from, valid_to, sorted.
    """
    begins, ends = (pl.col("number") * _APART + pl.col(name).to_physical() for name in ("valid_from", "valid_to"))
    return (
        rows.select(*key, "valid_from", "valid_to")
        .sort(*key, "valid_from")
        .with_columns(number=pl.struct(key).rle_id().cast(pl.Int64))
        # Keys are placed so far apart that one running maximum serves all: a window per key takes ten times as long.
        .with_columns(is_new=(begins > ends.cum_max().shift() + 1).fill_null(value=True))
        .with_columns(stretch=pl.col("is_new").cum_sum())
        .group_by("stretch", maintain_order=True)
        .agg(pl.col(key).first(), pl.col("valid_from").first(), pl.col("valid_to").max())
        .drop("stretch")
    )


def program_spans(
    attributes: pl.DataFrame, enrolments: pl.DataFrame, programs: pl.DataFrame, filters: Mapping[str, pl.Expr]
) -> pl.DataFrame:
    """Return the spans that take part in each program: program, span, member_id, one row per span.

    `programs`: program, filter (its member filter, by name), is_enrolled (whether an enrolment is required). `filters`
    maps each name to the filter over the columns of `attributes`. A member takes part only on days on which it has a
    row.
    """
    every = _matching_spans(attributes, filters).join(programs, on="filter").drop("filter")
    enrolled = (
        every.filter("is_enrolled")
        .join(_bounded(enrolments).select("program", "member_id", "row_from", "row_to"), on=["program", "member_id"])
        .filter(pl.col("valid_from").is_between("row_from", "row_to"))
    )
    columns = ["program", "span", "member_id"]
    # Enrolments may overlap; a span still takes part once.
    return pl.concat([every.filter(~pl.col("is_enrolled")).select(columns), enrolled.select(columns).unique()]).sort(
        "program", "span"
    )


def _matching_spans(attributes: pl.DataFrame, filters: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """Return the spans that each filter lets through, whether enrolled or not: filter, span, member_id, valid_from.

    A span without a row matches none.
    """
    matched = [
        attributes.filter("is_held", matches).select(pl.lit(name).alias("filter"), "span", "member_id", "valid_from")
        for name, matches in filters.items()
    ]
    nothing = {"filter": pl.String, "span": pl.Int32, "member_id": pl.String, "valid_from": pl.Date}
    return pl.concat([pl.DataFrame(schema=nothing), *matched])


def _edges(dated: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the days on which a row of each key begins, or the day after it ended."""
    begins = dated.select(key, begins="valid_from")
    # There is no day after the last one: adding to 9999-12-31 would overflow.
    after = dated.filter(pl.col("valid_to") < LAST_DAY).select(key, begins=pl.col("valid_to") + _DAY)
    return pl.concat([begins, after]).drop_nulls()


def _bounded(dated: pl.DataFrame) -> pl.DataFrame:
    """Return rows with row_from and row_to, never null, instead of valid_from and valid_to."""
    return dated.with_columns(
        row_from=pl.col("valid_from").fill_null(FIRST_DAY), row_to=pl.col("valid_to").fill_null(LAST_DAY)
    ).drop("valid_from", "valid_to")
