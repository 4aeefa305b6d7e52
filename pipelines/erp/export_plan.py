"""The plan of an export: what would leave, and what is set aside and why, after every check that an export makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.anchors import read_anchors
from pipelines.console.tables import Table
from pipelines.erp import export_batches
from pipelines.erp.account_changes import CHANGED, changed_accounts
from pipelines.erp.export_batches import Batch
from pipelines.erp.export_folders import refuse_changed, refuse_strangers
from pipelines.erp.export_rows import read_approved, read_content
from pipelines.erp.held_payouts import SET_ASIDE, held_payouts
from pipelines.erp.payee_seals import refuse_changed_payees
from pipelines.workspace.normal_text import normal_id, normal_program
from pipelines.workspace.profiles import find_profile, shipped_profile
from reports.erp.batch import Dress, batch_flaws, render_batch
from reports.erp.erp_file import value_problems
from reports.erp.pain001 import execution_day
from rules.money import MINOR_UNITS
from schemas.errors import WorkspaceError
from schemas.types import MONEY

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from pipelines.workspace.configuration import Workspace
    from reports.erp.batch import Batched
    from reports.erp.manifest import Anchors

SUMMARY = pl.Schema({"currency": pl.String(), "payouts": pl.Int64(), "amount": MONEY})
"""Columns of an export's totals."""

_LOOK_AGAIN = "look at the new account, then `rebatch approve` it again"


@dataclass(frozen=True)
class Asked:
    """An export that is asked for: by whom, for which day, in which profile, and of which payouts.

    Without a profile it is the workspace's own; without payee and program everything approved is exported.
    """

    person: str
    exported_on: date
    profile: str | None = None
    payee: str | None = None
    program: str | None = None


@dataclass(frozen=True)
class Plan:
    """What an export would do: complete the `unfinished` batches, put payouts back, then make `batch`.

    batch: None if nothing can leave. set_aside: SET_ASIDE. changed: the approved payouts that go back into review,
    with `change`. shows_bank: whether a bank is asked to pay.
    """

    unfinished: tuple[str, ...]
    batch: Batch | None
    set_aside: pl.DataFrame
    changed: pl.DataFrame
    shows_bank: bool = False

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to do."""
        return not self.unfinished and self.batch is None and self.changed.is_empty()

    @property
    def tables(self) -> list[Table]:
        """Return what would be exported, its totals per currency, and what is set aside."""
        return [*self._payouts(), *self.aside()]

    def aside(self) -> list[Table]:
        """Return the payouts that stay behind as a table; nothing if there are none."""
        if self.set_aside.is_empty():
            return []
        return [Table("set_aside", "Set aside: approved, and not exported", self.set_aside)]

    def _payouts(self) -> list[Table]:
        if self.batch is None:
            return [Table("exports", "To be exported", pl.DataFrame(schema=SUMMARY))]
        columns = ["document_id", "payee_id", "payee_name", "amount", "currency", "due_on", "attempt"]
        shown = self.batch.payouts.select(columns)
        if self.shows_bank:
            pay_on = execution_day(self.batch.exported_on).alias("pay_on")
            shown = shown.with_columns(pay_on).select(*columns[:-1], "pay_on", "attempt")
        totals = self.batch.payouts.group_by("currency").agg(payouts=pl.len(), amount=pl.col("amount").sum())
        return [
            Table("payouts", f"To be exported as {self.batch.batch_id}", shown),
            Table(
                "exports",
                "To be exported",
                totals.sort("currency").select(pl.col(name).cast(kind) for name, kind in SUMMARY.items()),
            ),
        ]


def make_plan(connection: duckdb.DuckDBPyConnection, workspace: Workspace, asked: Asked) -> Plan:
    """Return the plan, or refuse if a batch on disk is unknown or was changed, or payees were changed in the books."""
    refuse_strangers(connection, workspace)
    refuse_changed(connection, workspace)
    refuse_changed_payees(connection)
    unfinished = tuple(export_batches.unfinished(connection))
    config = workspace.config.payouts
    profile = find_profile(workspace, asked.profile or config.profile)
    problems = value_problems(profile, config.values)
    if problems:
        raise WorkspaceError(*problems)
    dress = Dress(profile, shipped_profile("generic"), MINOR_UNITS, config.values, config.bank)
    payee = None if asked.payee is None else normal_id(asked.payee, workspace.config.ids)
    program = None if asked.program is None else normal_program(asked.program)
    approved = read_approved(connection, payee=payee, program=program)
    changed = _changed(connection, approved, asked, dress)
    held = held_payouts(connection, workspace, approved)
    kept_back = pl.concat([changed.select("payout_id"), held.select("payout_id")])
    wanted = approved.join(kept_back, on="payout_id", how="anti", maintain_order="left")
    batched = None if wanted.is_empty() else read_content(connection, wanted, exported_on=asked.exported_on)
    flawed = _flawed(batched, dress)
    left = wanted.join(flawed, on="payout_id", how="anti", maintain_order="left")
    if batched is not None and left.height < wanted.height:
        # Read again: the id of the batch and the numbers in its files are those of what leaves.
        batched = None if left.is_empty() else read_content(connection, left, exported_on=asked.exported_on)
    aside = pl.concat([_reasons(changed), held, flawed])
    batch = _batch(batched, dress, read_anchors(connection))
    return Plan(unfinished, batch, aside, changed, shows_bank=dress.bank is not None)


def _batch(batched: Batched | None, dress: Dress, anchors: Anchors) -> Batch | None:
    if batched is None:
        return None
    files = render_batch(batched, dress, anchors)
    return Batch(batched.batch_id, dress.profile.profile, batched.exported_on, batched.payouts, files)


def _changed(connection: duckdb.DuckDBPyConnection, approved: pl.DataFrame, asked: Asked, dress: Dress) -> pl.DataFrame:
    """Return the approved payouts whose bank account has changed, with `change`; only where a bank is to pay."""
    changes = pl.DataFrame(schema=CHANGED) if dress.bank is None else changed_accounts(connection, asked.exported_on)
    return approved.join(changes, on="payout_id", maintain_order="left")


def _reasons(changed: pl.DataFrame) -> pl.DataFrame:
    found = pl.format("back in review: bank details changed since it was approved: {}", "change")
    return changed.with_columns(found=found, todo=pl.lit(_LOOK_AGAIN)).select(
        pl.col(name).cast(kind) for name, kind in SET_ASIDE.items()
    )


def _flawed(batched: Batched | None, dress: Dress) -> pl.DataFrame:
    """Return the payouts that a file or the bank would not take, one row for each reason: SET_ASIDE."""
    if batched is None:
        return pl.DataFrame(schema=SET_ASIDE)
    payouts = {row["document_id"]: row for row in batched.payouts.iter_rows(named=True)}
    rows = [
        (
            *(payouts[flaw.document_id][name] for name in ("payout_id", "payee_id", "amount", "currency")),
            f"{flaw.problem.at}: {flaw.problem.found}",
            flaw.problem.todo,
        )
        for flaw in batch_flaws(batched, dress)
    ]
    return pl.DataFrame(rows, schema=SET_ASIDE, orient="row").unique(maintain_order=True)
