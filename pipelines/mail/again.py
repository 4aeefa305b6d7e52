"""What a person does about the outbox: look at it, and have a statement sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.actors import check_texts
from pipelines.books.outbox import PENDING, doubt, note, queue, read_mails
from pipelines.console.tables import Table
from pipelines.documents.make import wanted_payees
from pipelines.mail.plan import new_mail, settings_of
from pipelines.mail.recipients import flaw_of, read_recipients
from pipelines.mail.send import STOPPED
from pipelines.mail.versions import statement_versions
from pipelines.publish.statement_views import published_run, published_statements
from pipelines.warehouse.connection import connect
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.books.outbox import Mail
    from pipelines.workspace.configuration import Workspace

SHOWN = ("payee_id", "payout_period", "recipient", "state", "happened_at", "answer", "person", "reason")


def mail_status(workspace: Workspace) -> list[Table]:
    """Return the outbox: every mail with its state, since when, what the server said, and who had it sent again."""
    with connect(workspace, read_only=True) as connection:
        return [Table("mails", "The outbox", read_mails(connection).select(SHOWN))]


def resend(workspace: Workspace, payees: Sequence[str], *, person: str, reason: str) -> list[Table]:
    """Record that a person has the statements of `payees` sent again, all or none; the next sending does it.

    To the address that the members have now. The caller holds the workspace. Returns the mails that wait.

    Raises:
        BooksError: a payee's statement was not sent yet, waits already, or cannot be sent to the address.
    """
    check_texts(person=person, reason=reason)
    settings = settings_of(workspace)
    with connect(workspace) as connection:
        run = published_run(connection)
        doubt(connection, STOPPED)
        wanted = wanted_payees(workspace, published_statements(workspace, run), payees)
        versions, recipients = statement_versions(connection, run, wanted), read_recipients(connection, run)
        mails = read_mails(connection)
        again = [new_mail(run, recipients[payee], versions[payee], settings) for payee in wanted]
        found = [flaw_of(recipients[mail.payee_id]) or _fault(mail, mails) for mail in again]
        if problems := [problem for problem in found if problem is not None]:
            raise BooksError(*problems)
        known = set(mails["message_id"])
        queue(connection, [mail for mail in again if mail.message_id not in known], person=person, reason=reason)
        for mail in again:
            if mail.message_id in known:
                note(connection, mail.message_id, PENDING, person=person, reason=reason)
        waiting = read_mails(connection).filter(pl.col("message_id").is_in([mail.message_id for mail in again]))
    return [Table("mails", "Waiting to be sent again", waiting.select(SHOWN))]


def _fault(mail: Mail, mails: pl.DataFrame) -> Problem | None:
    """Return why the statement of a mail cannot be sent again; None if it can."""
    states = set(mails.filter(version=mail.version)["state"])
    place = Place(mail.payee_id)
    if not states:
        found = "the statement of the last run was not sent yet"
        return Problem(found, "`rebatch statements send --really` sends it", at=place)
    if PENDING in states:
        found = "the statement waits to be sent already"
        return Problem(found, "`rebatch statements send --really` sends it", at=place)
    return None
