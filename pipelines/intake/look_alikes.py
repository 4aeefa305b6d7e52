"""Look-alikes: ids of payees that a person cannot tell apart are one payee or a named reject, never two."""

# Names are quoted: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.intake.input_sql import LINES
from pipelines.intake.reject_reasons import LOOKS_ALIKE
from pipelines.warehouse.frames import read, registered
from pipelines.warehouse.quoting import literal, quoted
from schemas.catalogue import DATA_SETS

if TYPE_CHECKING:
    import duckdb

PAYEES = "members"
"""The data set whose rows can be paid."""


def collect_alike(connection: duckdb.DuckDBPyConnection, data_set: str, place: str) -> None:
    """Add to `faults` of `place` the rows of members whose id reads like another one, in force or on an earlier line.

    Two ids read alike if they are equal under NFKC (full-width letters are letters) and without regard to case; or if
    they differ in leading zeros too, which a spreadsheet takes away, and have one name. What the workspace takes to be
    one id (`ids: {case: upper}`) is one here already.
    """
    if data_set != PAYEES:
        return
    name = DATA_SETS[PAYEES].key[0]
    key = quoted(name)
    named = f"SELECT {key} AS id, MAX(name) AS name"
    new = f"{named}, MIN(line) AS line FROM {place}.doors WHERE {key} IS NOT NULL GROUP BY 1"
    coming = read(connection, new)
    kept = read(connection, f"{named} FROM {quoted(PAYEES)} WHERE superseded_seq IS NULL GROUP BY 1")
    alike = _alike(coming, kept)
    if alike.is_empty():
        return
    with registered(connection, alike=alike):
        connection.execute(
            f"""
            INSERT INTO {place}.faults
            SELECT d.line, {literal(name)}, {literal(LOOKS_ALIKE)}, a.id || ' reads like ' || a.other
            FROM {place}.doors AS d JOIN alike AS a ON d.{key} = a.id
            WHERE d.line NOT IN (SELECT line FROM {place}.faults)
            """
        )


def _alike(coming: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Return the ids of `coming` that may not be taken, each with the other id that it reads like."""
    # Those in force first, then in the order of lines: the one that came first is the payee.
    every = pl.concat([kept.with_columns(line=pl.lit(-1, pl.Int64)), coming], how="diagonal").sort("line", "id")
    # To upper and then to lower case: ß and SS are alike too.
    reads = every.with_columns(reads=pl.col("id").str.normalize("NFKC").str.to_uppercase().str.to_lowercase())
    short = reads.with_columns(reads=pl.struct(pl.col("reads").str.strip_chars_start("0"), "name"))
    known = kept["id"].implode()
    return pl.concat([_later(reads, known), _later(short.drop_nulls("name"), known)]).unique(
        "id", keep="first", maintain_order=True
    )


def _later(every: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """Return the ids that read like an earlier one, with that one; those that are `known` stay."""
    first = every.with_columns(
        other=pl.col("id").first().over("reads"), first_line=pl.col("line").first().over("reads")
    )
    place = (
        pl.when(pl.col("first_line") < 0)
        .then(pl.lit(""))
        .otherwise(pl.format(" in line {}", pl.col("first_line") % LINES))
    )
    later = first.filter(pl.col("id") != pl.col("other"), pl.col("line") >= 0, ~pl.col("id").is_in(known))
    return later.select("id", other=pl.concat_str("other", place))
