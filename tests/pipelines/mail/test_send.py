"""Statements by mail: each version once, whatever happens on the way, and one payee's fault is its own."""

from __future__ import annotations

import email
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from email import policy
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.audit.verify import holds, verify
from pipelines.books.backup import backup, restore
from pipelines.books.outbox import read_mails
from pipelines.books.runs import Run
from pipelines.console.stage_progress import Silent
from pipelines.mail.again import resend
from pipelines.mail.send import RETRIES, Sending, send_statements
from pipelines.mail.stage import mail
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import Workspace, open_workspace
from schemas.errors import BooksError, TerminalError, WorkspaceError
from tests.conftest import ROOT
from tests.pipelines.mail.conftest import ONE, TWO
from tests.pipelines.mail.dying_server import STEPS, MailServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch

pytestmark = pytest.mark.sampled(4, of="module")


def opened(root: Path, server: MailServer | None = None, **changes: Any) -> Workspace:
    """The workspace with its `mail:` changed, on the server's port."""
    workspace = open_workspace(root)
    assert workspace.config.mail
    if server is not None:
        changes["port"] = server.port
    mail = workspace.config.mail.model_copy(update=changes)
    return replace(workspace, config=workspace.config.model_copy(update={"mail": mail}))


def send(workspace: Workspace, *payees: str, really: bool = True) -> Sending:
    waited: list[float] = []
    return send_statements(workspace, payees or None, Silent(), really=really, wait=waited.append)


def states(root: Path) -> dict[str, str]:
    with connect(open_workspace(root), read_only=True) as connection:
        return dict(read_mails(connection).select("payee_id", "state").iter_rows())


def got(server: MailServer) -> list[str]:
    return sorted(recipient for recipient, _ in server.taken.messages)


def test_each_statement_is_sent_once(books: Path, server: MailServer) -> None:
    workspace = opened(books, server)
    sending = send(workspace)
    assert [(row.payee_id, row.state) for row in sending.rows] == [(ONE, "sent"), (TWO, "sent")]
    assert sending.problems == []
    assert sending.rows[0].answer == "250 taken as 4711"
    assert got(server) == ["d-001@d.example", "d-002@d.example"]
    again = send(workspace)
    assert [row.state for row in again.rows] == ["sent before", "sent before"]
    assert len(got(server)) == 2
    assert holds(verify(workspace))


def test_a_mail_has_text_html_and_the_pdf_and_whole_lines(books: Path, server: MailServer) -> None:
    send(opened(books, server), ONE)
    [(_, content)] = server.taken.messages
    message: Any = email.message_from_bytes(content, policy=policy.default)
    assert message["To"] == "Northside Garage <d-001@d.example>"
    assert message["From"] == "Sample <us@sample.example>"
    assert re.fullmatch(r"<[0-9a-f]{40}@sample\.example>", message["Message-ID"])
    assert message["Auto-Submitted"] == "auto-generated"
    [pdf] = message.iter_attachments()
    made = next((books / "statements").rglob("d-001-*.pdf")).read_bytes()
    assert (pdf.get_filename(), pdf.get_content()) == ("statement-2026-11-D-001.pdf", made)
    text, page = message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()
    assert "Payable: $52.00 USD" in text
    assert "$52.00" in page
    assert "<style" not in page


def test_without_really_the_mails_are_files_the_same_every_time(books: Path, server: MailServer) -> None:
    workspace = opened(books, server)
    sending = send(workspace, really=False)
    assert [(row.payee_id, row.state) for row in sending.rows] == [(ONE, "written"), (TWO, "written")]
    files = sorted((books / "statements").rglob("*.eml"))
    first = [path.read_bytes() for path in files]
    assert len(first) == 2
    send(workspace, really=False)
    assert [path.read_bytes() for path in files] == first
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    assert (got(server), states(books)) == ([], {})


AFTER = {"body": ["sent", "unknown"], "dot": ["unknown"]}
"""By the step at which the server dies, what a mail may be then; at all others it is sent in the end."""


@pytest.mark.sampled(2)
@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_dies_never_makes_two_mails_of_one(books: Path, server: MailServer, step: str) -> None:
    workspace = opened(books, server)
    server.taken.dies_at, server.taken.times = step, 1
    send(workspace)
    first = states(books)
    # Put off, it was tried again at once; after a yes the end is no matter. When the server dies while a message comes,
    # the rest may have left this machine already, so that only the server knows.
    assert first in [{ONE: state, TWO: "sent"} for state in AFTER.get(step, ["sent"])]
    send(workspace)
    assert states(books) == first
    is_lost = step == "body" and first[ONE] == "unknown"
    assert got(server) == ["d-001@d.example", "d-002@d.example"][is_lost:]


def test_what_is_in_doubt_is_sent_again_when_a_person_says_so(
    books: Path, server: MailServer, rebatch: Rebatch
) -> None:
    workspace = opened(books, server)
    server.taken.dies_at, server.taken.times = "dot", 1
    sending = send(workspace, ONE)
    assert "ask the mail server's log" in sending.problems[0].todo
    with pytest.raises(BooksError, match="was not sent yet"):
        resend(workspace, [ONE, TWO], person="ann", reason="it did not arrive")
    said = ("--reason", "it did not arrive", "--by", "ann")
    done = rebatch("-w", books, "statements", "resend", "--payee", ONE, *said, "--json")
    assert [(row["state"], row["person"], row["reason"]) for row in done.data["mails"]] == [
        ("pending", "ann", "it did not arrive")
    ]
    with pytest.raises(BooksError, match="waits to be sent already"):
        resend(workspace, [ONE], person="ann", reason="it did not arrive")
    send(workspace, ONE)
    send(workspace, ONE)
    assert states(books) == {ONE: "sent"}
    ids = {re.search(rb"Message-ID: (\S+)", content)[1] for _, content in server.taken.messages}  # type: ignore[index]
    assert (len(server.taken.messages), len(ids)) == (2, 1)


def test_what_is_put_off_is_tried_again_and_then_waits(books: Path, server: MailServer) -> None:
    workspace = opened(books, server)
    server.taken.says, server.taken.times = {"RCPT": "450 4.2.0 greylisted"}, 1
    assert send(workspace, ONE).problems == []
    assert states(books) == {ONE: "sent"}
    server.taken.times = 1_000
    waited: list[float] = []
    sending = send_statements(workspace, [TWO], Silent(), really=True, wait=waited.append)
    assert sending.rows[0].answer == "450 4.2.0 greylisted"
    assert [seconds for seconds in waited if seconds >= min(RETRIES)] == list(RETRIES)
    assert states(books)[TWO] == "pending"
    first = got(server)
    server.taken.says = {}
    send(workspace)
    assert got(server) == [*first, "d-002@d.example"]


def test_what_is_refused_is_told_and_not_tried_again(books: Path, server: MailServer) -> None:
    workspace = opened(books, server)
    server.taken.says, server.taken.times = {"RCPT": "550 5.1.1 no such user"}, 1
    sending = send(workspace)
    assert states(books) == {ONE: "failed", TWO: "sent"}
    [problem] = sending.problems
    assert (problem.at.file, "550 5.1.1 no such user" in problem.found) == (ONE, True)
    assert [row.state for row in send(workspace).rows] == ["failed before", "sent before"]
    assert got(server) == ["d-002@d.example"]


def test_a_server_that_is_not_there_ends_nothing(books: Path) -> None:
    sending = send(opened(books, port=1))
    assert {row.state for row in sending.rows} == {"pending"}
    assert "refused" in sending.rows[0].answer


def test_a_server_without_encryption_is_not_talked_to(books: Path, server: MailServer) -> None:
    with pytest.raises(TerminalError, match="does not let us in"):
        send(opened(books, server, tls="starttls"))
    assert (got(server), states(books)) == ([], {ONE: "pending", TWO: "pending"})


def test_only_domains_of_the_list_are_written_to_and_only_so_many(books: Path, server: MailServer) -> None:
    held = send(opened(books, server, to_domains=("e.example",)))
    assert {row.state for row in held.rows} == {"held back"}
    few = send(opened(books, server, most=1))
    assert [row.state for row in sorted(few.rows)] == ["sent", "next time"]
    assert got(server) == ["d-001@d.example"]


def test_no_faster_than_the_workspace_says(books: Path, server: MailServer) -> None:
    waited: list[float] = []
    send_statements(opened(books, server, per_minute=6), None, Silent(), really=True, wait=waited.append)
    assert all(9.0 < seconds <= 10.0 for seconds in waited)
    assert len(waited) == 2


def changed(root: Path, **emails: str) -> None:
    """Give members other addresses or names, and run again."""
    members = root / "extracts" / "members.csv"
    text = members.read_text(encoding="utf-8")
    for old, new in emails.items():
        text = text.replace(old.replace("_", "-") + "@d.example", new)
    members.write_text(text, encoding="utf-8")
    run_all(open_workspace(root), Run(date(2026, 11, 24)))


def test_one_bad_address_stops_that_payee_alone(books: Path, server: MailServer) -> None:
    changed(books, d_001="x@d.example> y@e.example")
    sending = send(opened(books, server))
    [problem] = sending.problems
    assert (problem.at.file, "is no address" in problem.found) == (ONE, True)
    assert got(server) == ["d-002@d.example"]


@pytest.mark.long
def test_a_month_that_was_never_sent_is_told_once(books: Path, server: MailServer) -> None:
    server.taken.says = {"RCPT": "450 later"}
    send(opened(books, server))
    server.taken.says = {}
    run_all(open_workspace(books), Run(date(2026, 12, 1)))
    later = send(opened(books, server))
    assert {row.state for row in later.rows} == {"sent"}
    assert [problem.found for problem in later.problems] == [
        f"the statement of 2026-11 was never sent to {who}@d.example; a later one takes its place"
        for who in ("d-001", "d-002")
    ]
    assert not send(opened(books, server)).problems


@pytest.mark.long
def test_another_day_or_address_is_no_new_version_and_a_new_payout_is(books: Path, server: MailServer) -> None:
    send(opened(books, server))
    changed(books, d_002="other@d.example")
    assert {row.state for row in send(opened(books, server)).rows} == {"sent before"}
    sales = books / "extracts" / "transactions.csv"
    rows = sales.read_text(encoding="utf-8").splitlines()
    rows.append(rows[1].replace("T-0001", "T-0999"))
    sales.write_text("\n".join(rows) + "\n", encoding="utf-8")
    run_all(open_workspace(books), Run(date(2026, 11, 25)))
    assert [row.state for row in sorted(send(opened(books, server)).rows)] == ["sent", "sent before"]
    assert got(server) == ["d-001@d.example", "d-001@d.example", "d-002@d.example"]


@pytest.mark.long
def test_what_was_never_sent_gives_way_and_a_person_may_name_another_address(books: Path, server: MailServer) -> None:
    server.taken.says = {"RCPT": "450 later"}
    send(opened(books, server))
    server.taken.says = {}
    changed(books, d_001="new@d.example", d_002="other@d.example")
    send(opened(books, server), ONE)
    with connect(open_workspace(books), read_only=True) as connection:
        mails = read_mails(connection).filter(payee_id=ONE).select("recipient", "state")
    assert mails.rows() == [("d-001@d.example", "failed"), ("new@d.example", "sent")]
    with pytest.raises(BooksError, match="waits to be sent already"):
        resend(open_workspace(books), [TWO], person="ann", reason="they have moved")
    changed(books, new="newest@d.example")
    assert [row.state for row in send(opened(books, server), ONE).rows] == ["sent before"]
    resend(open_workspace(books), [ONE], person="ann", reason="they have moved")
    assert [row.state for row in send(opened(books, server)).rows] == ["sent", "sent"]
    assert got(server) == ["new@d.example", "newest@d.example", "other@d.example"]


def test_a_restored_backup_sends_nothing_again(books: Path, server: MailServer, tmp_path: Path) -> None:
    workspace = opened(books, server)
    backup(workspace, tmp_path / "before.tar")
    send(workspace)
    restore(workspace, tmp_path / "before.tar", person="ann", overwrite=True)
    assert states(books) == {ONE: "sent", TWO: "sent"}
    send(workspace)
    assert len(got(server)) == 2
    backup(workspace, tmp_path / "after.tar")
    restore(workspace, tmp_path / "after.tar", person="ann", overwrite=True)
    assert states(books) == {ONE: "sent", TWO: "sent"}
    assert holds(verify(workspace))


KILLED = """
import os, signal, sys
from pathlib import Path
from pipelines.console.stage_progress import Silent
from pipelines.mail import send, server
from pipelines.workspace.configuration import open_workspace

real = server.Server.deliver
def deliver(self, sender, recipient, content):
    if sys.argv[2] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    outcome = real(self, sender, recipient, content)
    os.kill(os.getpid(), signal.SIGKILL)
server.Server.deliver = deliver
send.send_statements(open_workspace(Path(sys.argv[1])), None, Silent(), really=True)
"""


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("instant", "taken"), [("after", 1), ("before", 0)])
def test_a_kill_leaves_a_mail_in_doubt_and_never_sends_it_twice(
    books: Path, server: MailServer, instant: str, taken: int
) -> None:
    config = books / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("port: 1,", f"port: {server.port},"), encoding="utf-8")
    command = [sys.executable, "-c", KILLED, str(books), instant]
    done = subprocess.run(command, cwd=ROOT, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == -signal.SIGKILL
    assert len(got(server)) == taken
    send(opened(books, server))
    assert states(books) == {ONE: "unknown", TWO: "sent"}
    assert len(got(server)) == taken + 1


def test_a_night_sends_what_is_new_where_the_workspace_really_says_so(books: Path, server: MailServer) -> None:
    run = Run(date(2026, 11, 24))
    settings: list[dict[str, Any]] = [{"send": "nightly"}, {"really": True}]
    assert not any(opened(books, server, **each).config.mails_nightly for each in settings)
    nightly = opened(books, server, send="nightly", really=True)
    results = run_all(nightly, run)
    assert (results[-1].stage, results[-1].counts) == ("mail", {"sent": 2})
    assert mail(nightly, run).counts == {"sent before": 2}
    assert len(got(server)) == 2


def test_commands(books: Path, rebatch: Rebatch) -> None:
    listed = rebatch("-w", books, "statements", "send", "--all")
    assert (listed.code, "written" in listed.out) == (0, True)
    assert rebatch("-w", books, "statements", "send").code == 2
    assert rebatch("-w", books, "statements", "status").out == "The outbox: none\n"
    bad = rebatch("-w", books, "statements", "resend", "--payee", ONE, "--reason", "=1")
    assert (bad.code, "cannot be kept in the books" in bad.err) == (7, True)


def test_without_the_section_nothing_is_sent(booked: Path) -> None:
    with pytest.raises(WorkspaceError, match="no `mail:`"):
        send_statements(open_workspace(booked), None, Silent(), really=False)
