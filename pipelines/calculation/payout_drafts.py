"""Drafting: open postings become payouts, and payouts below the limit are approved automatically."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.bank_accounts import account_marks
from pipelines.books.decisions import read_decisions, read_lines, read_payouts, record
from pipelines.warehouse.frames import append, read_work, with_arrow
from rules.ledger.approvals import redrafted, status_of_drafts
from rules.ledger.decisions import AUTOMATIC, Decision
from rules.ledger.payouts import PAYOUTS, assign, draft

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import duckdb

    from pipelines.books.runs import OpenRun
    from schemas.workspace import Payouts


@dataclass(frozen=True)
class Drafted:
    """What a run makes of the open postings: `payouts` and `lines` as they will be, frozen payouts included.

    payouts: PAYOUTS, status and is_frozen. lines: seq, payout_id. changed: the drafts that are new or differ from
    before. before: the drafts that existed. marks: the account of each payee that automatic approvals are for.
    """

    payouts: pl.DataFrame
    lines: pl.DataFrame
    changed: pl.DataFrame
    before: pl.DataFrame
    marks: Mapping[str, str]


def draft_payouts(
    connection: duckdb.DuckDBPyConnection, run: OpenRun, ledger: pl.DataFrame, *, config: Payouts, due_on: date
) -> Drafted:
    """Return the drafts of what is open in `ledger`; nothing is written yet.

    `ledger` holds all postings, those of this run included.
    """
    known = read_payouts(connection, run)
    # A payout that a person has touched is frozen: its lines stay, later postings go into a further payout.
    frozen, before = known.filter("is_frozen"), known.filter(~pl.col("is_frozen"))
    held = read_lines(connection, run).join(frozen, on="payout_id", how="semi")
    due = ledger.filter(pl.col("payout_period") <= run.payout_period).join(held, on="seq", how="anti")
    invoicing = read_work(connection, "policies").filter(negative="invoice")["program"]
    assigned = assign(due, frozen, invoicing.to_list())
    rejected = read_decisions(connection, run).filter(kind="reject")["subject"]
    drafts = draft(assigned, before, run.payout_period, due_on)
    drafts = drafts.with_columns(
        is_frozen=pl.lit(value=False), status=status_of_drafts(config.auto_approve_below, rejected.to_list())
    )
    return Drafted(
        payouts=pl.concat([frozen.select(pl.col(name).cast(dtype) for name, dtype in drafts.schema.items()), drafts]),
        lines=pl.concat([held, assigned.select("seq", "payout_id")]).sort("seq"),
        changed=redrafted(drafts, before),
        before=before,
        marks=account_marks(connection, run) if config.bank is not None else {},
    )


def write_drafts(connection: duckdb.DuckDBPyConnection, run: OpenRun, drafted: Drafted) -> None:
    """Write the drafts and lines, ending those they replace, and record automatic approvals.

    In the caller's transaction; unchanged drafts and lines are not touched.
    """
    # Rows are ended, never deleted: an earlier run's books must stay readable.
    gone = drafted.before.join(drafted.payouts, on="payout_id", how="anti").select("payout_id")
    ended = pl.concat([gone, drafted.changed.select("payout_id")])
    _end(connection, "payout_drafts", ended, run)
    made = {"drafted_seq": pl.lit(run.decision_seq), "since_run": pl.lit(run.run_seq, pl.Int32)}
    append(connection, "payout_drafts", drafted.changed.select(*PAYOUTS.names()).with_columns(**made))
    moved = drafted.lines.join(read_lines(connection, run), on=["seq", "payout_id"], how="anti")
    _end(connection, "payout_lines", moved.select("seq"), run)
    append(connection, "payout_lines", moved.with_columns(since_run=made["since_run"]))
    record(connection, _passed(drafted), run_id=run.run_id)


def _end(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame, run: OpenRun) -> None:
    """Record in `table` that the `rows`, named by their one column, end with this run."""
    [key] = rows.columns
    ending = f"UPDATE {table} SET until_run = {run.run_seq} FROM incoming AS i WHERE {table}.{key} = i.{key}"  # noqa: S608 - names and a number of ours
    with_arrow(connection, rows, f"{ending} AND until_run IS NULL")


def _passed(drafted: Drafted) -> list[Decision]:
    """Return the decisions that approve the changed drafts below the limit."""
    columns = ("payout_id", "payee_id", "payout_period", "currency", "amount")
    rows = drafted.changed.filter(status="approved").select(columns).iter_rows()
    return [
        Decision(
            kind="approve", subject=subject, status="approved", person=AUTOMATIC, reason="below auto_approve_below",
            payee_id=payee, period=period, currency=currency, amount=amount, reference=drafted.marks.get(payee, ""),
        )
        for subject, payee, period, currency, amount in rows
    ]  # fmt: skip
