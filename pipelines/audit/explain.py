"""Explain: one figure traced back, by reading what each stage wrote; nothing is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.exclusions import excluded_from, nothing_left
from pipelines.books.runs import current_run
from pipelines.books.trace import counted_transactions, counted_visits, left_out
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from pipelines.workspace.normal_text import normal_id, normal_program
from rules.loading.load import read_programs
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.workspace.configuration import Workspace

ENTITLED = read_sql("audit", "entitled")
"""The entitlements of a member, or added up at it, in a program, with the tier and the kind of each figure."""

POSTED = """
    SELECT seq, posted_on, kind, rebate, period, payout_period, member_id, amount, currency, reason,
        (SELECT STRING_AGG(DISTINCT o.cause, ' + ' ORDER BY o.cause) FROM origins AS o
            WHERE o.posting_id = payable.posting_id) AS cause,
        run_id
    FROM payable
    WHERE member_id IN (SELECT UNNEST(?)) AND program = ?
    ORDER BY seq
"""
"""The payable postings of members in a program, with the causes of restatements."""

GROUP = ("member_id", "node_id", "node_amount", "part", "part_unit")
"""Columns that relate a member to its group."""

UNITS = {
    "qualifier": "qualifier_unit", "baseline": "baseline_unit", "measure": "measure_unit", "part": "part_unit",
    "tier_from": "qualifier_unit", "rate": "rate_unit", "fixed": "currency", "rated": "currency",
    "unrounded": "currency", "note": "measure_unit",
}  # fmt: skip
"""The columns that hold the units of figures."""

ELSEWHERE = """
    SELECT DISTINCT node_id
    FROM work.participants
    WHERE member_id = ? AND program = ? AND NOT is_baseline AND node_id <> member_id
    ORDER BY 1
"""
"""Groups at which the purchases of a member are added up."""

ROLES = read_sql("audit", "roles")
"""The role of a term in its rebate: what is rated, what selects the tier, or what one of them is compared with."""


def explain(workspace: Workspace, *, member: str, program: str, period: str) -> list[Table]:
    """Return what `member` is entitled to in `program` for `period`, down to the transactions and the clause.

    For a member that has a part in a group's rebate: the group's figures, its part and its own purchases; for the
    member at which a group is added up: all parts and all purchases of the group.

    `period` is one of the program's own ("2026-Q1") or one that contains several ("2026"). Where a period is settled
    the settled figure is shown, else the one to date; where people excluded all that would count, an amount of 0 and
    what they excluded. The columns of GROUP are present only where there are groups. `rated` is the result of the
    scale, `unrounded` that after provisions; the note says which of them applied.

    Raises:
        BooksError: there is no such figure; the message names those there are.
    """
    member, program, period = normal_id(member, workspace.config.ids), normal_program(program), period.strip()
    with connect(workspace, read_only=True) as connection:
        current_run(connection)  # refuses where nothing was computed
        excluded = excluded_from(connection, member, program).filter(_within(period))
        every = read(connection, ENTITLED, [member, program])
        entitled = _shown(every.filter(_within(period)), nothing_left(connection, excluded, every, member))
        if entitled.is_empty():
            raise BooksError(_unknown(connection, every, member=member, program=program, period=period))
        owners = entitled["member_id"].unique().to_list()
        posted = read(connection, POSTED, [owners, program]).filter(_within(period))
        counted = _transactions(connection, entitled, member)
        lost = _left_out(connection, entitled, member)
        visits = list(_visits(connection, entitled, member))
        excluded = _each_once(excluded)
        if not _speaks_of_groups(member, entitled, counted, lost, excluded, *visits):
            visits = [visit.drop(GROUP, strict=False) for visit in visits]
            entitled, posted, counted, lost, excluded = (
                frame.drop(GROUP, strict=False) for frame in (entitled, posted, counted, lost, excluded)
            )
        return [
            Table("clauses", f"What {program} says", _clauses(connection, entitled)),
            Table("entitlements", f"What {member} is entitled to", _figures(entitled), units=UNITS),
            Table("postings", "What was posted", posted),
            Table("transactions", "The transactions that count", counted),
            *([] if lost.is_empty() else [Table("left_out", "Left out for want of a rate or unit", lost)]),
            *(Table("visits", "The visits that count", visit) for visit in visits),
            *([] if excluded.is_empty() else [Table("excluded", "Taken out by people", excluded)]),
        ]


def _shown(entitled: pl.DataFrame, nothing: pl.DataFrame) -> pl.DataFrame:
    """Return the figures to show, with those of which nothing is left; of a settled period only the settled ones."""
    is_settled = pl.col("horizon") == "settled"
    every = pl.concat([entitled, nothing], how="diagonal_relaxed")
    return every.filter(is_settled | ~is_settled.any().over("rebate", "period")).sort(
        "rebate", "period", "horizon", "node_id", "member_id"
    )


def _each_once(excluded: pl.DataFrame) -> pl.DataFrame:
    """Return every excluded transaction once, however many rebates it would count for."""
    once = excluded.drop("program", "rebate", "period", "owner_id").unique()
    return once.sort("activity_date", "transaction_id", "member_id", "node_id")


def _figures(entitled: pl.DataFrame) -> pl.DataFrame:
    """Return the entitlements without the scale's result and the days where no provision changed anything."""
    untouched = [] if (entitled["rated"] != entitled["unrounded"]).any() else ["rated"]
    unasked = ["days", "period_days"] if entitled["days"].is_null().all() else []
    return entitled.drop("program", "rule_version", *untouched, *unasked)


def _speaks_of_groups(member: str, *frames: pl.DataFrame) -> bool:
    """Return whether any row is about another member or a group."""
    own = [(frame[name] == member).all() for frame in frames for name in ("member_id", "node_id")]
    return not all(own)


def _within(period: str) -> pl.Expr:
    """Return the condition for periods equal to `period` or contained in it."""
    # Periods are named from the year on: "2026-Q1" begins with "2026-".
    return (pl.col("period") == period) | pl.col("period").str.starts_with(f"{period}-")


def _clauses(connection: duckdb.DuckDBPyConnection, entitled: pl.DataFrame) -> pl.DataFrame:
    of_versions = "SELECT file, text FROM rule_versions WHERE rule_version IN (SELECT UNNEST(?))"
    texts = read(connection, of_versions, [entitled["rule_version"].unique().to_list()])
    rows = [
        {
            "rebate": name,
            "title": (rebate.title or found.title).text("en"),
            "clause": rebate.reference or found.reference,
            "file": found.file,
        }
        for found in read_programs(dict(texts.iter_rows()))
        for name, rebate in found.rebates.items()
    ]
    return pl.DataFrame(rows).join(entitled.select("rebate"), on="rebate", how="semi").sort("rebate")


def _transactions(connection: duckdb.DuckDBPyConnection, entitled: pl.DataFrame, member: str) -> pl.DataFrame:
    counted = counted_transactions(connection, members=[member], programs=entitled["program"].unique().to_list())
    return _behind(connection, entitled, counted).select(
        "rebate",
        "period",
        "counts_as",
        "node_id",
        "member_id",
        "transaction_id",
        "activity_date",
        "received_on",
        "product_id",
        "type",
        "quantity",
        "unit",
        "amount",
        "currency",
        "file",
    )


def _left_out(connection: duckdb.DuckDBPyConnection, entitled: pl.DataFrame, member: str) -> pl.DataFrame:
    """Return the transactions that these figures miss because no rate or factor converts them, with what to do."""
    lost = left_out(connection, member=member, program=str(entitled["program"][0]))
    return _behind(connection, entitled, lost).select(
        "rebate", "period", "counts_as", "node_id", "member_id", "transaction_id", "activity_date", "type", "quantity",
        "unit", "amount", "currency", "reason", "todo", "file",
    )  # fmt: skip


def _visits(connection: duckdb.DuckDBPyConnection, entitled: pl.DataFrame, member: str) -> Iterator[pl.DataFrame]:
    """Yield the visits that count, if there are any."""
    counted = counted_visits(connection, members=[member], programs=entitled["program"].unique().to_list())
    behind = None if counted is None else _behind(connection, entitled, counted)
    if behind is not None and not behind.is_empty():
        yield behind.select(
            "rebate", "period", "counts_as", "node_id", "member_id", "visit_id", "actual_end", "kpi", "target",
            "actual", "file",
        )  # fmt: skip


def _behind(connection: duckdb.DuckDBPyConnection, entitled: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """Return the rows behind these entitlements, with the role of their term and their place in a file."""
    place = ["horizon", "program", "rebate", "period", "node_id"]
    return (
        counted.join(entitled, on=place, how="semi", maintain_order="left")
        .join(read(connection, ROLES), on=["program", "rebate", "term"], maintain_order="left")
        .with_columns(file=pl.format("{}:{}", "path", "line"))
    )


def _unknown(
    connection: duckdb.DuckDBPyConnection, every: pl.DataFrame, *, member: str, program: str, period: str
) -> Problem:
    """Return the problem that a figure does not exist, with those that do."""
    if not every.is_empty():
        known = ", ".join(every["period"].unique().sort())
        return Problem(f"{member} has nothing in {program} for {period!r}", f"ask for one of {known}")
    elsewhere = read(connection, ELSEWHERE, [member, program])["node_id"].to_list()
    if elsewhere:
        found = f"what {member} buys counts for {', '.join(elsewhere)} in {program!r}"
        return Problem(found, f"ask for {' or '.join(elsewhere)}")
    programs = read(
        connection,
        "SELECT DISTINCT program FROM work.entitlements WHERE ? IN (member_id, node_id) ORDER BY 1",
        [member],
    )["program"].to_list()
    if programs:
        return Problem(f"{member} has nothing in {program!r}", f"ask for one of {', '.join(programs)}")
    todo = "check the id; `rebatch status` tells which programs there are"
    return Problem(f"no program has anything for {member!r}", todo)
