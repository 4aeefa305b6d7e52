"""Laws of the books: whatever happens in whatever order, what is paid and what is open is what was earned, once."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NoReturn

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipelines import stages
from pipelines.approval.adjust import Adjustment, adjust
from pipelines.approval.approval_items import Choice, read_subjects
from pipelines.approval.approve import decide, propose
from pipelines.audit.balance import balance
from pipelines.audit.replay import is_equal, replay
from pipelines.audit.verify import holds, verify
from pipelines.books.runs import Run
from pipelines.erp import export_batches
from pipelines.erp.dismiss import dismiss
from pipelines.erp.export import Asked, export, plan_export
from pipelines.erp.outstanding import outstanding
from pipelines.erp.reconcile import is_settled, reconcile_answers
from pipelines.stages import STAGES, Stage, run_all
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import books_of, open_workspace
from schemas.errors import BooksError
from tests.disputing import Dispute, dispute
from tests.laws.payer import Payer
from tests.posting import published_files

CONFIG = """
name: Machine
currency: USD
payouts: {auto_approve_below: 20, two_people_above: 150}
sources:
  - {data_set: members, path: extracts/members.csv, format: csv}
  - {data_set: products, path: extracts/products.csv, format: csv}
  - {data_set: transactions, path: extracts/tx*.csv, format: csv}
"""
PROGRAM = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
negative: {negative}
{minimum}
rebates:
  only:
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{{from: 100, rate: 10%}}]
"""
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency\n"
MEMBERS = ("A", "B")
PEOPLE = ("ann", "bob", "cho")
CENT = Decimal("0.01")

SEAMS = (
    *(stage.name for stage in STAGES),
    "pipelines.intake.stage.record_load",
    "pipelines.calculation.aggregate.gather",
    "pipelines.calculation.settle.write",
    "pipelines.calculation.post.write_drafts",
    "pipelines.calculation.post.seal",
    "pipelines.publish.draft.write_file",
    "pipelines.publish.publish.publish_folder",
    "pipelines.publish.publish.remember",
    "pipelines.publish.publish.mirror",
)
"""Where a run is broken off: before a stage, or where it would call a function: in the middle of loading a file, before
the ledger is committed, while files are written, before their folder appears, before the books know that it has.
"""


class BrokenOffError(Exception):
    """Stands for a kill at the place where it is raised."""


def break_off(*_: object, **__: object) -> NoReturn:
    raise BrokenOffError


class Sale:
    """A transaction as it stands in force, and whether people have taken it out."""

    def __init__(self, member: str, day: date, amount: Decimal) -> None:
        self.member, self.day, self.amount, self.is_out = member, day, amount, False


class Books(RuleBasedStateMachine):
    """One workspace, and beside it the few figures that tell what its books must say."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="machine-"))
        self.today = date(2026, 4, 2)
        self.sales: list[Sale] = []
        self.adjusted: dict[str, Decimal] = defaultdict(Decimal)
        self.files = 0
        self.has_run = False
        self.payer = Payer()

    @initialize(
        negative=st.sampled_from(["carry_forward", "invoice", "write_off"]),
        below=st.sampled_from([None, "carry", "drop"]),
    )
    def start(self, negative: str, below: str | None) -> None:
        for folder in ("extracts", "rules"):
            (self.root / folder).mkdir()
        minimum = f"minimum_payout: {{amount: 30, below: {below}}}" if below else ""
        self._write("rebatch.yaml", CONFIG)
        self._write("rules/deal.yaml", PROGRAM.format(negative=negative, minimum=minimum))
        self._write("extracts/members.csv", "member_id,name\n" + "".join(f"{name},{name}\n" for name in MEMBERS))
        self._write("extracts/products.csv", "product_id,name\nP,Pad\n")
        self.sell("A", 50, Decimal(1000))
        self.run()

    def teardown(self) -> None:
        try:
            self.every_second_run_is_made_again()
        finally:
            shutil.rmtree(self.root, ignore_errors=True)

    def every_second_run_is_made_again(self) -> None:
        """From the warehouse alone, whatever came after."""
        if not (self.root / "warehouse.duckdb").exists():
            return
        with connect(open_workspace(self.root), read_only=True) as connection:
            posted = "SELECT run_id FROM runs WHERE state <> 'computing' ORDER BY run_seq"
            runs = [run_id for (run_id,) in connection.execute(posted).fetchall()]
        for run_id in runs[::2]:
            tables = replay(books_of(self.root), run_id)
            assert is_equal(tables), tables[1].rows()

    # What happens outside

    @rule(member=st.sampled_from(MEMBERS), back=st.integers(0, 100), amount=st.decimals(-900, 1500, places=2))
    def sell(self, member: str, back: int, amount: Decimal) -> None:
        day = max(self.today - timedelta(days=1 + back), date(2026, 1, 1))
        self.sales.append(Sale(member, day, amount))
        self._extract(len(self.sales) - 1)

    @rule(pick=st.integers(0), amount=st.decimals(-900, 1500, places=2))
    def correct(self, pick: int, amount: Decimal) -> None:
        which = pick % len(self.sales)
        self.sales[which].amount = amount
        self._extract(which)

    @rule(days=st.sampled_from([1, 20, 32, 70]))
    def wait(self, days: int) -> None:
        later = self.today + timedelta(days=days)
        if later.year == self.today.year:  # the program ends with it
            self.today = later

    # What people do

    @rule(
        kind=st.sampled_from(["approve", "approve", "approve", "submit", "reject"]),
        pick=st.integers(0), person=st.sampled_from(PEOPLE),
    )  # fmt: skip
    def decide(self, kind: str, pick: int, person: str) -> None:
        with connect(open_workspace(self.root), read_only=True) as connection:
            subjects = read_subjects(connection)["subject"].to_list()
        if not subjects:
            return
        subject = subjects[pick % len(subjects)]
        before = self._subject(subject)
        with contextlib.suppress(BooksError):  # refused, as it should be: the laws hold all the same
            self._take(kind, Choice((subject,)), person)
        after = self._subject(subject)
        if subject.startswith("ADJ-") and after["status"] == "approved" != before["status"]:
            assert before["author"] != person
            self.adjusted[before["member_id"]] += before["amount"]

    @rule(person=st.sampled_from(PEOPLE))
    def approve_all(self, person: str) -> None:
        with contextlib.suppress(BooksError):  # there is nothing to approve, or it takes somebody else
            self._take("approve", Choice(everything=True), person)

    @rule(crash=st.sampled_from([None, "record", "publish_batch", "write_file", "publish_folder"]))
    def export(self, crash: str | None) -> None:
        """Export all that is approved, after an attempt that broke off: what arrives was never paid, and is whole."""
        workspace, asked = open_workspace(self.root), Asked("cho", self.today)
        if crash:
            with pytest.MonkeyPatch.context() as patch, contextlib.suppress(BrokenOffError):
                patch.setattr(export_batches, crash, break_off)
                export(workspace, asked, plan_export(workspace, asked))
        export(workspace, asked, plan_export(workspace, asked))
        for folder in sorted((self.root / "out").glob("export-*")):
            self.payer.receive(folder)

    @rule(pick=st.integers(0), kind=st.sampled_from(["paid", "paid", "part", "refused", "again", "nonsense"]))
    def answer(self, pick: int, kind: str) -> None:
        """Let the payer answer one document, in a file of its own."""
        row = self.payer.answer(pick, kind, self.today)
        if row is None:
            return
        self.files += 1
        self._write(f"answer{self.files:03}.csv", f"payout_id,status,paid_on,amount,currency,reference\n{row}\n")
        path = self.root / f"answer{self.files:03}.csv"
        tables = reconcile_answers(open_workspace(self.root), path, person="erp")
        assert is_settled(tables) == (kind != "nonsense")

    @rule(pick=st.integers(0))
    def dismiss(self, pick: int) -> None:
        """Put an answer aside that nobody understands; what is owed and paid stays as it is."""
        workspace = open_workspace(self.root)
        answers = outstanding(workspace, self.today)[2].frame
        if answers.is_empty():
            return
        answer_id, outcome = answers.select("answer_id", "outcome").row(pick % answers.height)
        refused = pytest.raises(BooksError) if outcome == "dismissed" else contextlib.nullcontext()
        with refused:
            dismiss(workspace, [answer_id], person="ann", reason="looked into")

    @rule(
        member=st.sampled_from(MEMBERS), amount=st.decimals(-200, 200, places=2).filter(bool),
        person=st.sampled_from(PEOPLE),
    )  # fmt: skip
    def adjust(self, member: str, amount: Decimal, person: str) -> None:
        asked = Adjustment(member, "deal", "2026-Q1", f"{amount:f}", "goodwill", "")
        adjust(open_workspace(self.root), asked, person=person)

    @rule(pick=st.integers(0))
    def dispute(self, pick: int) -> None:
        which = pick % len(self.sales)
        sale = self.sales[which]
        about = Dispute(f"T{which}", "disputed", "")
        with contextlib.suppress(BooksError):  # it is not loaded yet
            dispute(open_workspace(self.root), about, excludes=not sale.is_out, person="ann")
            sale.is_out = not sale.is_out

    # What the nightly job does

    @rule()
    def run(self) -> None:
        workspace = open_workspace(self.root)
        run_all(workspace, Run(self.today))
        self.has_run = True
        tables = verify(workspace)
        assert holds(tables), [(table.name, table.frame) for table in tables[1:]]
        self._is_what_was_earned()

    @rule()
    def run_twice(self) -> None:
        self.run()
        published = self._published()
        run_all(open_workspace(self.root), Run(self.today))
        assert self._published() == published

    @rule(seam=st.sampled_from(SEAMS))
    def run_broken_off(self, seam: str) -> None:
        """Break a run off; whatever comes next finds books that hold."""
        workspace = open_workspace(self.root)
        names = [stage.name for stage in STAGES]
        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(BrokenOffError):
            if seam in names:
                done = STAGES[: names.index(seam)]
                patch.setattr(stages, "STAGES", (*done, Stage("broken off", break_off)))
            else:
                patch.setattr(seam, break_off)
            run_all(workspace, Run(self.today))
        tables = verify(workspace)
        assert holds(tables), [(table.name, table.frame) for table in tables[1:]]

    @invariant()
    @precondition(lambda self: self.has_run)
    def every_cent_is_somewhere(self) -> None:
        [table] = balance(open_workspace(self.root))
        places = pl.sum_horizontal("paid", "short_paid", "open", "invoiced", "carried")
        assert table.frame.filter(pl.col("posted") + pl.col("written_off") != places).is_empty()
        assert table.frame["paid"].sum() == self.payer.paid
        assert table.frame.filter(pl.col("paid") < 0).is_empty()
        [owed, *_] = outstanding(open_workspace(self.root), self.today)
        sent = owed.frame.filter(pl.col("status").is_in(["exported", "short_paid"]))
        assert sent["outstanding"].sum() == self.payer.owed

    def _is_what_was_earned(self) -> None:
        [table] = balance(open_workspace(self.root))
        posted = dict(table.frame.select("payee_id", "posted").iter_rows())
        assert {member: posted.get(member, 0) for member in MEMBERS} == {name: self._earned(name) for name in MEMBERS}

    def _earned(self, member: str) -> Decimal:
        """Add up what the settled quarters earn, sale by sale."""
        revenue: dict[int, Decimal] = defaultdict(Decimal)
        for sale in self.sales:
            quarter = (sale.day.month - 1) // 3
            if sale.member == member and not sale.is_out and quarter < (self.today.month - 1) // 3:
                revenue[quarter] += sale.amount
        earned = (amount / 10 for amount in revenue.values() if amount >= 100)
        return sum((amount.quantize(CENT, ROUND_HALF_UP) for amount in earned), self.adjusted[member])

    def _subject(self, subject: str) -> dict[str, Any]:
        with connect(open_workspace(self.root), read_only=True) as connection:
            rows = read_subjects(connection).filter(subject=subject)
        return rows.row(0, named=True) if rows.height else {"status": "gone", "author": ""}

    def _take(self, kind: str, choice: Choice, person: str) -> None:
        workspace = open_workspace(self.root)
        proposed = propose(workspace, choice, kind=kind, person=person)
        decide(workspace, choice, proposed, kind=kind, person=person, reason="because")

    def _extract(self, which: int) -> None:
        sale = self.sales[which]
        row = f"T{which},{sale.member},P,{sale.day},{self.today},adjustment,1,each,{sale.amount},USD\n"
        self.files += 1
        self._write(f"extracts/tx{self.files:03}.csv", HEADER + row)

    def _published(self) -> dict[str, str]:
        return published_files(self.root)

    def _write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")


def check(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a run is too slow to try smaller histories
        ),
    )


@pytest.mark.timeout(300)
@pytest.mark.long
def test_books_hold_through_short_histories() -> None:
    check(1, 8)


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_books_hold_through_long_histories() -> None:
    check(3, 20)
