"""Settle: what the books must say now, minus what they say already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.frames import read, write
from pipelines.origins import find_origins
from pipelines.result import StageResult
from pipelines.runs import current_run
from pipelines.warehouse import connect
from rules.periods import next_month
from rules.postings import CONTENT, LEDGER
from rules.settlement import EARNED_KINDS, carry, owe
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    import duckdb

    from pipelines.runs import OpenRun, Run
    from pipelines.workspace import Workspace

SETTLED = f"""
    SELECT p.program, p.rebate, p.period, p.through, r.currency, r.rule_version,
        EXISTS (
            SELECT 1 FROM settlements AS s
            WHERE s.program = p.program AND s.rebate = p.rebate AND s.period = p.period
                AND s.settled_through >= p.through
        ) AS is_known
    FROM work.periods AS p
    JOIN work.rebates AS r USING (program, rebate)
    WHERE p.horizon = 'settled'
    UNION ALL
    SELECT l.program, l.rebate, l.period, MAX(l.settled_through), d.currency, d.rule_version, true
    FROM ledger AS l
    JOIN (SELECT DISTINCT program, currency, rule_version FROM work.rebates) AS d USING (program)
    WHERE l.kind IN {EARNED_KINDS}
        AND NOT EXISTS (
            SELECT 1 FROM work.periods AS p
            WHERE p.program = l.program AND p.rebate = l.rebate AND p.period = l.period
        )
    GROUP BY ALL
    ORDER BY program, rebate, period
"""  # noqa: S608 - constant text
"""The settled periods, and whether an earlier run settled them as far already, or farther before they were shortened.

With them those that were posted to and are no more, because the program now says other periods or another rebate: what
its old wording paid is taken back, or it would be paid again under the new one.
"""


def settle(workspace: Workspace, run: Run) -> StageResult:
    """Leave in work.proposed the postings that bring the ledger to the entitlements; post nothing yet.

    Raises:
        BooksError: a program was paid in another currency before.
    """
    run.progress.start("settle", None)
    with connect(workspace) as connection:
        this_run = current_run(connection)
        _refuse_other_currencies(connection)
        settled = read(connection, SETTLED)
        ledger = read(connection, "SELECT * FROM ledger ORDER BY seq")
        entitled = read(connection, "SELECT * FROM work.entitlements WHERE horizon = 'settled'")
        owed = _as_postings(owe(entitled, ledger, settled), this_run)
        carried = _carried(connection, ledger, owed, this_run)
        proposed = pl.concat([owed, carried])
        origins = find_origins(connection, this_run, owed)
        write(connection, {"proposed": proposed, "settled": settled, "origins": origins})
    run.progress.end()
    kinds = proposed.group_by("kind").len().sort("kind").iter_rows()
    return StageResult("settle", {"postings": proposed.height, **dict(kinds)})


def _refuse_other_currencies(connection: duckdb.DuckDBPyConnection) -> None:
    changed = connection.execute(
        """
        SELECT DISTINCT program, l.currency, r.currency FROM ledger AS l JOIN work.rebates AS r USING (program)
        WHERE l.currency <> r.currency ORDER BY ALL
        """
    ).fetchall()
    if changed:
        todo = "give the program in the new currency an id of its own"
        raise BooksError(
            *(
                Problem("", 0, 0, f"{program} was paid in {before} until now, its file says {now}", todo)
                for program, before, now in changed
            )
        )


def _as_postings(owed: pl.DataFrame, run: OpenRun) -> pl.DataFrame:
    columns = {
        "run_id": pl.lit(run.run_id),
        "posted_on": pl.lit(run.as_of),
        "payout_period": pl.lit(run.payout_period),
        "author": pl.lit("rebatch"),
    }
    wanted = ["run_id", "posted_on", *CONTENT]
    added = {name: value for name, value in columns.items() if name not in owed.columns}
    return owed.with_columns(**added).select(pl.col(name).cast(LEDGER[name]) for name in wanted)


def _carried(
    connection: duckdb.DuckDBPyConnection, ledger: pl.DataFrame, owed: pl.DataFrame, run: OpenRun
) -> pl.DataFrame:
    columns = ["program", "payee_id", "currency", "kind", "period", "payout_period", "amount"]
    so_far = ledger.filter(pl.col("payout_period") <= run.payout_period).select(columns)
    moved = carry(pl.concat([so_far, owed.select(columns)]), run.payout_period, next_month(run.as_of))
    versions = read(connection, "SELECT DISTINCT program, rule_version FROM work.rebates")
    stored = ledger.group_by("program").agg(last_version=pl.col("rule_version").last())
    return _as_postings(
        moved.join(versions, on="program", how="left", maintain_order="left")
        .join(stored, on="program", how="left", maintain_order="left")
        .with_columns(
            rule_version=pl.coalesce("rule_version", "last_version"),
            kind=pl.lit("carry_forward"),
            rebate=pl.lit(""),
            member_id=pl.lit(""),
            settled_through=pl.lit(None, dtype=pl.Date),
            measure=None,
            qualifier=None,
            tier=None,
        ),
        run,
    )
