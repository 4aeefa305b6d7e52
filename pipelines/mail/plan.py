"""The plan of a sending: who is due a mail now, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import TYPE_CHECKING, NamedTuple

from pipelines.books.outbox import FAILED, PENDING, SENDING, SENT, UNKNOWN, Mail, message_id, read_mails
from pipelines.books.runs import now
from pipelines.mail.recipients import Recipient, flaw_of, read_recipients
from pipelines.mail.versions import statement_versions
from pipelines.workspace.configuration import CONFIG
from schemas.errors import Place, Problem, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.books.runs import OpenRun
    from pipelines.workspace.configuration import Workspace
    from schemas.mail import Mail as Settings

TOLD_FIRST = (SENT, UNKNOWN, SENDING, FAILED)
"""Of several mails of a version, the one that says most of whether it arrived."""

NO_ADDRESS, HELD_BACK, NEXT_TIME = "no address", "held back", "next time"


class Row(NamedTuple):
    """What a sending did for a payee: the state of its mail or why there is none, and what was said of it."""

    payee_id: str
    recipient: str
    state: str
    answer: str = ""


@dataclass
class Plan:
    """Who is due a mail (by payee, with the name it is addressed to), what is said of others, and what must be mended.

    superseded: the mails that were never sent, and in whose place others go now.
    """

    due: dict[str, tuple[Mail, Recipient]] = field(default_factory=dict)
    fresh: list[Mail] = field(default_factory=list)
    superseded: list[Mail] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def plan_sending(
    connection: duckdb.DuckDBPyConnection, run: OpenRun, settings: Settings, payees: Sequence[str]
) -> Plan:
    """Return who of `payees` is due a mail.

    A version that was sent, refused, or is in doubt is due no more, to whatever address, until a person says so.
    """
    plan, recipients = Plan(), read_recipients(connection, run)
    versions, known = statement_versions(connection, run, payees), _by_payee(connection)
    for payee in payees:
        recipient, version = recipients.get(payee, Recipient(payee, payee, "")), versions[payee]
        before = list(known.get(payee, ()))
        mail = new_mail(run, recipient, version, settings)
        if told := _told(mail, before):
            plan.rows.append(Row(payee, told["recipient"], f"{told['state']} before", told["answer"]))
        elif not recipient.address:
            plan.rows.append(Row(payee, "", NO_ADDRESS))
        elif flaw := flaw_of(recipient):
            plan.problems.append(flaw)
        elif not settings.may_go_to(recipient.address):
            plan.rows.append(Row(payee, recipient.address, HELD_BACK, "its domain is not in to_domains"))
        elif len(plan.due) >= settings.most:
            plan.rows.append(Row(payee, recipient.address, NEXT_TIME, f"most: {settings.most}"))
        else:
            _add(plan, mail, recipient, before)
    return plan


def settings_of(workspace: Workspace) -> Settings:
    """Return how a workspace sends mails.

    Raises:
        WorkspaceError: rebatch.yaml has no `mail:`.
    """
    if workspace.config.mail is None:
        todo = "say there who sends and by which server: host, sender, to_domains"
        raise WorkspaceError(Problem("there is no `mail:` in the configuration", todo, at=Place(CONFIG)))
    return workspace.config.mail


def sender_domain(settings: Settings) -> str:
    """Return the domain of the sender."""
    return sender_address(settings).rpartition("@")[2]


def sender_address(settings: Settings) -> str:
    """Return the address of the sender, without the name."""
    return parseaddr(settings.sender)[1]


def _add(plan: Plan, mail: Mail, recipient: Recipient, before: Sequence[dict[str, str]]) -> None:
    waiting = [each for each in before if each["state"] == PENDING]
    same = next((each for each in waiting if each["message_id"] == mail.message_id), None)
    if same is None:
        plan.fresh.append(mail)
        plan.due[mail.payee_id] = mail, recipient
    else:
        # Queued before: with the instant of then it has the bytes of then.
        plan.due[mail.payee_id] = _queued(same), recipient
    plan.superseded += [_queued(each) for each in waiting if each is not same]


def _queued(row: dict[str, str]) -> Mail:
    return Mail(**{name: row[name] for name in Mail.__dataclass_fields__})  # type: ignore[arg-type]


def _told(mail: Mail, before: Sequence[dict[str, str]]) -> dict[str, str] | None:
    """Return the mail by which this version went, or may have gone, to whatever address; None if one is due.

    One that waits for this very recipient is due: it was put off, or a person had it sent again.
    """
    if any(each["message_id"] == mail.message_id and each["state"] == PENDING for each in before):
        return None
    told = [each for each in before if each["version"] == mail.version and each["state"] in TOLD_FIRST]
    return min(told, key=lambda each: TOLD_FIRST.index(each["state"]), default=None)


def new_mail(run: OpenRun, recipient: Recipient, version: str, settings: Settings) -> Mail:
    """Return the mail of a version of a statement to a recipient, as if it were queued now."""
    key = message_id(version, recipient.address, sender_domain(settings))
    return Mail(key, recipient.payee_id, run.payout_period, version, recipient.address, run.run_id, now())


def _by_payee(connection: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for mail in read_mails(connection).iter_rows(named=True):
        found.setdefault(mail["payee_id"], []).append(mail)
    return found
