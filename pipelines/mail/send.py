"""Send the statements of the last published run by mail, or write the mails as files to be looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.outbox import FAILED, PENDING, SENDING, UNKNOWN, doubt, note, queue
from pipelines.books.publications import listed_files, read_manifest
from pipelines.console.tables import Table
from pipelines.documents.make import document_name, documents_folder, make_documents, wanted_payees
from pipelines.mail.attachments import file_problems, named_files
from pipelines.mail.plan import Row, plan_sending, sender_address, sender_domain, settings_of
from pipelines.mail.server import Server
from pipelines.publish.presentation import brand_of
from pipelines.publish.statement_views import published_run, published_statements, shown_again
from pipelines.warehouse.connection import connect
from pipelines.workspace.files import write_whole
from pipelines.workspace.regular_files import read_regular
from reports.erp.manifest import MANIFEST_FILE
from reports.mail.letter import letter
from reports.mail.message import Attachment, Envelope, attachment_name, render_message
from schemas.errors import Place, Problem, TerminalError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    import duckdb

    from pipelines.books.outbox import Mail
    from pipelines.books.runs import OpenRun
    from pipelines.console.stage_progress import Progress
    from pipelines.mail.plan import Plan
    from pipelines.mail.server import Outcome
    from pipelines.workspace.configuration import Workspace
    from schemas.mail import Mail as Settings

RETRIES = (10.0, 60.0, 300.0)
"""Seconds before mails that the server put off are tried again."""

UNREACHED = 3
"""After so many mails in a row for which no server was there, the others are not tried."""

STOPPED = "whoever was sending it was stopped; the server may have taken it"
GAVE_WAY = "never sent: a newer version, or another address, takes its place"
WRITTEN = "written"
TOLD = {
    FAILED: "see the address and what the server says; `rebatch statements resend` puts it in the outbox again",
    UNKNOWN: "ask the mail server's log, or the payee; `rebatch statements resend` if it did not arrive",
    PENDING: "nothing to do: the next `rebatch statements send --really` tries it again",
}
"""What to do about mails in each state but sent."""


@dataclass
class Sending:
    """A sending: what became of each payee's mail, and what somebody must look at."""

    rows: list[Row]
    problems: list[Problem]
    folder: str = ""

    def table(self) -> Table:
        """Return what became of each payee's mail: payee_id, recipient, state, answer."""
        schema = dict.fromkeys(Row._fields, pl.String)
        title = f"Mails, in {self.folder}" if self.folder else "Mails"
        return Table("mails", title, pl.DataFrame(sorted(self.rows), schema=schema, orient="row"))


def send_statements(
    workspace: Workspace,
    payees: Sequence[str] | None,
    progress: Progress,
    *,
    really: bool,
    wait: Callable[[float], object] = time.sleep,
) -> Sending:
    """Send the statements of `payees` (None: all) that have not been sent, or write them as files if not `really`.

    The caller holds the workspace. One payee's fault stops that payee alone.

    Raises:
        WorkspaceError: rebatch.yaml has no `mail:`.
        TerminalError: the mail server does not let us in.
        BooksError: nothing was published yet, or a payee has no statement.
    """
    settings = settings_of(workspace)
    with connect(workspace) as connection:
        run = published_run(connection)
        published = published_statements(workspace, run)
        if really:
            doubt(connection, STOPPED)
        plan = plan_sending(connection, run, settings, wanted_payees(workspace, published, payees))
        made = make_documents(workspace, list(plan.due), progress)
        folder = workspace.out_dir / run.run_id
        listed = listed_files(read_manifest(folder / MANIFEST_FILE))
        not_whole = [*made.problems, *file_problems(plan.due, folder, listed)]
        for problem in not_whole:
            plan.due.pop(problem.at.file, None)
        run_of_mails = _Mails(connection, workspace, run, published, listed, settings=settings)
        found = Sending(plan.rows, [*plan.problems, *not_whole])
        if really:
            found.rows += run_of_mails.send(plan, progress, wait)
            found.problems += [_problem(row) for row in found.rows if row.state in TOLD]
            found.problems += [_missed(mail) for mail in plan.superseded if mail.payout_period != run.payout_period]
        else:
            found.rows += run_of_mails.write(plan)
            found.folder = made.folder
    return found


def _problem(row: Row) -> Problem:
    return Problem(f"the mail to {row.recipient} is {row.state}: {row.answer}", TOLD[row.state], at=Place(row.payee_id))


def _missed(mail: Mail) -> Problem:
    """Return what to do about the mail of an earlier month that gave way: later statements refer to that month's."""
    found = f"the statement of {mail.payout_period} was never sent to {mail.recipient}; a later one takes its place"
    return Problem(found, f"send the payee its page in out/{mail.run_id} by hand", at=Place(mail.payee_id))


@dataclass
class _Mails:
    """The mails of a run: rendered one after the other, so that few are in memory."""

    connection: duckdb.DuckDBPyConnection
    workspace: Workspace
    run: OpenRun
    published: Mapping[str, str]
    listed: Mapping[str, str]
    settings: Settings
    rows: dict[str, Row] = field(default_factory=dict)

    def write(self, plan: Plan) -> list[Row]:
        """Write the mails that are due beside the statements, as of the day of the run, and return what was written."""
        day = datetime(self.run.as_of.year, self.run.as_of.month, self.run.as_of.day, tzinfo=UTC)
        for mail, content in self._rendered(plan, plan.due, day):
            name = PurePosixPath(document_name(mail.payee_id)).with_suffix(".eml").name
            write_whole(documents_folder(self.workspace, self.run) / name, content)
            self.rows[mail.payee_id] = Row(mail.payee_id, mail.recipient, WRITTEN, name)
        return list(self.rows.values())

    def send(self, plan: Plan, progress: Progress, wait: Callable[[float], object]) -> list[Row]:
        """Send the mails that are due, those put off a few times more, and return what became of each."""
        for mail in plan.superseded:
            note(self.connection, mail.message_id, FAILED, GAVE_WAY)
        # Before any server hears of them: what a kill leaves is known by its Message-ID.
        queue(self.connection, (mail for mail in plan.fresh if mail.payee_id in plan.due))
        progress.start("mail", len(plan.due))
        waiting: Collection[str] = list(plan.due)
        for delay in (0.0, *RETRIES):
            if not waiting:
                break
            if delay:
                wait(delay)
            waiting = self._round(plan, waiting, progress, wait)
        progress.end()
        return list(self.rows.values())

    def _round(
        self, plan: Plan, payees: Collection[str], progress: Progress, wait: Callable[[float], object]
    ) -> list[str]:
        """Send to each of `payees`, and return those whom the server put off."""
        pause, unreached = 60.0 / self.settings.per_minute, 0
        put_off = dict.fromkeys(payees)
        with Server(self.settings, sender_domain(self.settings)) as server:
            for mail, content in self._rendered(plan, payees, None):
                began = time.monotonic()
                note(self.connection, mail.message_id, SENDING)
                outcome = self._delivered(server, mail, content)
                note(self.connection, mail.message_id, outcome.state, outcome.answer)
                self.rows[mail.payee_id] = Row(mail.payee_id, mail.recipient, outcome.state, outcome.answer)
                if outcome.state != PENDING:
                    del put_off[mail.payee_id]
                    progress.advance(1)
                unreached = 0 if outcome.is_reached else unreached + 1
                if unreached >= UNREACHED:
                    break
                wait(max(0.0, pause - (time.monotonic() - began)))
        for payee in put_off:
            self.rows.setdefault(payee, Row(payee, plan.due[payee][0].recipient, PENDING, "not tried yet"))
        return list(put_off)

    def _delivered(self, server: Server, mail: Mail, content: bytes) -> Outcome:
        try:
            return server.deliver(sender_address(self.settings), mail.recipient, content)
        except TerminalError as error:
            note(self.connection, mail.message_id, PENDING, error.problems[0].found)
            raise

    def _rendered(self, plan: Plan, payees: Collection[str], day: datetime | None) -> Iterator[tuple[Mail, bytes]]:
        """Yield each mail with its bytes; without `day` it bears the instant at which it was queued."""
        folder, colour = documents_folder(self.workspace, self.run), brand_of(self.workspace).colour
        published = self.workspace.out_dir / self.run.run_id
        for each in shown_again(self.connection, self.workspace, self.published, list(payees)):
            mail, recipient = plan.due[each.payee_id]
            envelope = Envelope(
                sender=self.settings.sender,
                reply_to=self.settings.reply_to or "",
                payee_name=recipient.name,
                recipient=mail.recipient,
                message_id=mail.message_id,
                sent_at=day or mail.queued_at.replace(tzinfo=UTC),
            )
            pdf = read_regular(folder / document_name(each.payee_id))
            statement = Attachment(attachment_name(each.payee_id, self.run.payout_period), pdf)
            files = named_files(each.payee_id, published, self.listed)
            names = [name for name, _ in files.attached]
            written = letter(each.view, colour, attached=names, left_out=files.left_out)
            yield mail, render_message(envelope, written, [statement, *files.attached])
