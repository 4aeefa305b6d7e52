"""Explain: the road of one figure backwards, by reading what each stage left; nothing is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.frames import read
from pipelines.runs import current_run
from pipelines.tables import Table
from pipelines.trace import counted_transactions
from pipelines.warehouse import connect
from rules.load import read_programs
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    import duckdb

    from pipelines.workspace import Workspace

ENTITLED = """
    SELECT e.program, e.rebate, e.period, e.horizon, e.through, e.qualifier, e.baseline, e.measure, e.tier,
        t.bound AS tier_from, t.rate, t.fixed, e.unrounded, e.amount, e.currency, e.note, r.rule_version
    FROM work.entitlements AS e
    JOIN work.rebates AS r USING (program, rebate)
    LEFT JOIN work.tiers AS t USING (program, rebate, tier)
    WHERE e.member_id = ? AND e.program = ?
    ORDER BY e.rebate, e.period, e.horizon
"""

POSTED = """
    SELECT seq, posted_on, kind, rebate, period, payout_period, amount, currency, reason,
        (SELECT STRING_AGG(DISTINCT o.cause, ' + ' ORDER BY o.cause) FROM origins AS o
            WHERE o.posting_id = ledger.posting_id) AS cause,
        run_id
    FROM ledger
    WHERE member_id = ? AND program = ?
    ORDER BY seq
"""

ROLES = """
    SELECT program, rebate, measure_term AS term, 'measure' AS counts_as FROM work.rebates
    UNION
    SELECT program, rebate, qualifier_term, 'qualifier' FROM work.rebates WHERE qualifier_term <> measure_term
    UNION
    SELECT program, rebate, baseline_term, 'baseline' FROM work.rebates WHERE baseline_term IS NOT NULL
"""


def explain(workspace: Workspace, *, member: str, program: str, period: str) -> list[Table]:
    """Lay out what `member` is entitled to in `program` for `period`, down to the transactions and the clause.

    `period` is one of the program's own ("2026-Q1") or one that holds several ("2026"). Where a period is settled
    the settled figure is shown, else the one to date.

    Raises:
        BooksError: there is no such figure; the message names those there are.
    """
    with connect(workspace, read_only=True) as connection:
        current_run(connection)
        every = read(connection, ENTITLED, [member, program])
        entitled = every.filter(_within(period)).filter(
            (pl.col("horizon") == "settled") | ~(pl.col("horizon") == "settled").any().over("rebate", "period")
        )
        if entitled.is_empty():
            raise BooksError(_unknown(connection, every, member=member, program=program, period=period))
        return [
            Table("clauses", f"What {program} says", _clauses(connection, entitled)),
            Table("entitlements", f"What {member} is entitled to", entitled.drop("program", "rule_version")),
            Table("postings", "What was posted", read(connection, POSTED, [member, program]).filter(_within(period))),
            Table("transactions", "The transactions that count", _transactions(connection, entitled, member)),
        ]


def _within(period: str) -> pl.Expr:
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
    return (
        counted.join(entitled, on=["horizon", "program", "rebate", "period"], how="semi", maintain_order="left")
        .join(read(connection, ROLES), on=["program", "rebate", "term"], maintain_order="left")
        .select(
            "rebate",
            "period",
            "counts_as",
            "transaction_id",
            "activity_date",
            "received_on",
            "product_id",
            "type",
            "quantity",
            "unit",
            "amount",
            "currency",
            file=pl.format("{}:{}", "path", "line"),
        )
    )


def _unknown(
    connection: duckdb.DuckDBPyConnection, every: pl.DataFrame, *, member: str, program: str, period: str
) -> Problem:
    if not every.is_empty():
        known = ", ".join(every["period"].unique().sort())
        return Problem("", 0, 0, f"{member} has nothing in {program} for {period!r}", f"ask for one of {known}")
    programs = read(
        connection, "SELECT DISTINCT program FROM work.entitlements WHERE member_id = ? ORDER BY 1", [member]
    )["program"].to_list()
    if programs:
        return Problem("", 0, 0, f"{member} has nothing in {program!r}", f"ask for one of {', '.join(programs)}")
    todo = "check the id; `rebatch status` tells which programs there are"
    return Problem("", 0, 0, f"no program has anything for {member!r}", todo)
