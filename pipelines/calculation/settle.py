"""The stage settle: what the books must say now, minus what they say already."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipelines.books.decisions import read_decisions, read_lines, read_payouts
from pipelines.books.runs import current_run
from pipelines.calculation.restatement_causes import find_origins
from pipelines.console.stage_progress import StageResult
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, read_work, write
from rules.compiled.periods import next_month
from rules.ledger.accruals import accrue
from rules.ledger.netting import net
from rules.ledger.payouts import GROUP
from rules.ledger.postings import CONTENT, LEDGER
from rules.ledger.requests import carry_out
from rules.ledger.settlement import POSTING_KEY, RULED_KINDS, owe, payable
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    import duckdb

    from pipelines.books.runs import OpenRun, Run
    from pipelines.workspace.configuration import Workspace

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
    WHERE l.kind IN {RULED_KINDS}
        AND NOT EXISTS (
            SELECT 1 FROM work.periods AS p
            WHERE p.program = l.program AND p.rebate = l.rebate AND p.period = l.period
        )
    GROUP BY ALL
    ORDER BY program, rebate, period
"""  # noqa: S608 - constant text
"""The settled periods, and whether an earlier run settled them as far already, or farther before they were shortened.

Also periods that were posted to and no longer exist, because the program now has other periods or another rebate: what
the old wording paid is taken back, or it would be paid again under the new one.
"""

ENTITLED = f"""
    SELECT program, rebate, member_id, period, payee_id, amount, measure, qualifier, tier
    FROM work.entitlements SEMI JOIN (
        SELECT program, rebate, member_id, period FROM work.entitlements WHERE horizon = 'settled' AND amount <> 0
        UNION
        SELECT program, rebate, member_id, period FROM ledger WHERE kind IN {RULED_KINDS}
    ) USING (program, rebate, member_id, period)
    WHERE horizon = 'settled'
"""  # noqa: S608 - constant text
"""What postings are made from: most keys earn nothing, and unless they did before there is nothing to post for them."""


class Proposed(NamedTuple):
    """What is proposed: all postings, those of them that programs owe, and the settled periods."""

    postings: pl.DataFrame
    owed: pl.DataFrame
    settled: pl.DataFrame


def settle(workspace: Workspace, run: Run) -> StageResult:
    """Write to work.proposed the postings that bring the ledger to the entitlements; nothing is posted yet.

    Raises:
        BooksError: a program was paid in another currency before.
    """
    run.progress.start("settle", None)
    with connect(workspace) as connection:
        this_run = current_run(connection)
        proposed, owed, settled = propose(connection, workspace, this_run)
        origins = find_origins(connection, this_run, owed)
        write(connection, {"proposed": proposed, "settled": settled, "origins": origins})
    run.progress.end()
    kinds = proposed.group_by("kind").len().sort("kind").iter_rows()
    return StageResult("settle", {"postings": proposed.height, **dict(kinds)})


def propose(connection: duckdb.DuckDBPyConnection, workspace: Workspace, run: OpenRun) -> Proposed:
    """Return the postings that bring the ledger to the entitlements.

    Raises:
        BooksError: a program was paid in another currency before.
    """
    # Before any difference is formed: amounts in two currencies cannot be subtracted.
    _refuse_other_currencies(connection)
    settled = read(connection, SETTLED)
    every = read(connection, "SELECT * FROM ledger ORDER BY seq")
    ledger = payable(every)
    entitled = read(connection, ENTITLED)
    owed = _as_postings(owe(entitled, ledger, settled), run)
    # The order matters: netting moves what is owed and requested, and accruals are what remains once all that is
    # posted.
    earned = pl.concat([owed, _requested(connection, ledger, run)])
    proposed = pl.concat([earned, _netted(connection, ledger, earned, run)])
    if workspace.config.accruals is not None:
        proposed = pl.concat([proposed, _accrued(connection, every, proposed, run)])
    return Proposed(proposed, owed, settled)


def _refuse_other_currencies(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a program whose currency differs from that of its earlier postings."""
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
                Problem(f"{program} was paid in {before} until now, its file says {now}", todo)
                for program, before, now in changed
            )
        )


def _as_postings(owed: pl.DataFrame, run: OpenRun) -> pl.DataFrame:
    """Return `owed` with the columns of the ledger that the run decides, cast to their types."""
    columns = {
        "run_id": pl.lit(run.run_id),
        "posted_on": pl.lit(run.as_of),
        "payout_period": pl.lit(run.payout_period),
        "author": pl.lit("rebatch"),
    }
    wanted = ["run_id", "posted_on", *CONTENT]
    added = {name: value for name, value in columns.items() if name not in owed.columns}
    return owed.with_columns(**added).select(pl.col(name).cast(LEDGER[name]) for name in wanted)


def _requested(connection: duckdb.DuckDBPyConnection, ledger: pl.DataFrame, run: OpenRun) -> pl.DataFrame:
    """Return the postings of adjustments and write-offs approved since the last run."""
    granted = carry_out(read_decisions(connection, run), ledger)
    return _as_postings(granted.pipe(_with_wording, connection, ledger).pipe(_without_figures), run)


def _netted(
    connection: duckdb.DuckDBPyConnection, ledger: pl.DataFrame, proposed: pl.DataFrame, run: OpenRun
) -> pl.DataFrame:
    """Return the postings that move, write off or hold back what may not be paid out as it stands."""
    columns = [*GROUP, "kind", "period", "amount", "reason"]
    now = proposed.select(*columns, is_frozen=False, is_stale=False)
    so_far = ledger.filter(pl.col("payout_period") <= run.payout_period).join(_places(connection, run), "seq", "left")
    # Postings of an earlier payout period whose payout was rejected, or that never got into one: they are moved on.
    is_stale = (pl.col("status").fill_null("rejected") == "rejected") & (pl.col("payout_period") < run.payout_period)
    placed = so_far.select(*columns, is_frozen=pl.col("is_frozen").fill_null(value=False), is_stale=is_stale)
    policies = read_work(connection, "policies")
    made = net(pl.concat([placed, now]), policies, run.payout_period, next_month(run.as_of))
    of_no_rebate = made.with_columns(rebate=pl.lit(""), member_id=pl.lit(""))
    return _as_postings(of_no_rebate.pipe(_with_wording, connection, ledger).pipe(_without_figures), run)


def _accrued(
    connection: duckdb.DuckDBPyConnection, ledger: pl.DataFrame, proposed: pl.DataFrame, run: OpenRun
) -> pl.DataFrame:
    """Return the postings that accrue what open periods have earned, given that `proposed` is posted."""
    columns = [*POSTING_KEY, "kind", "payee_id", "currency", "amount"]
    postings = pl.concat([ledger.select(columns), proposed.select(columns)])
    accruals = accrue(read_work(connection, "forecast"), postings, run.as_of)
    never_settled = pl.lit(None, dtype=pl.Date).alias("settled_through")
    return _as_postings(accruals.pipe(_with_wording, connection, ledger).with_columns(never_settled), run)


def _places(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return the payout that each posting is in: seq, status, is_frozen."""
    payouts = read_payouts(connection, run).select("payout_id", "status", "is_frozen")
    return read_lines(connection, run).join(payouts, on="payout_id").drop("payout_id")


def _with_wording(postings: pl.DataFrame, connection: duckdb.DuckDBPyConnection, ledger: pl.DataFrame) -> pl.DataFrame:
    """Return `postings` with the rule version of their program; of a removed program the last one posted by."""
    versions = read(connection, "SELECT DISTINCT program, rule_version FROM work.rebates")
    stored = ledger.sort("seq").group_by("program").agg(last_version=pl.col("rule_version").last())
    return (
        postings.join(versions, on="program", how="left", maintain_order="left")
        .join(stored, on="program", how="left", maintain_order="left")
        .with_columns(rule_version=pl.coalesce("rule_version", "last_version"))
    )


def _without_figures(postings: pl.DataFrame) -> pl.DataFrame:
    """Return `postings` with the figures empty that only rebates have."""
    return postings.with_columns(settled_through=pl.lit(None, dtype=pl.Date), measure=None, qualifier=None, tier=None)
