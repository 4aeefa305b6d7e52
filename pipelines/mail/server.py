"""The conversation with the mail server: one message at a time, and always known how far it came."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple, Self

from pipelines.books.outbox import FAILED, PENDING, SENT, UNKNOWN
from schemas.errors import Place, Problem, TerminalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.mail import Mail

PASSWORD = "REBATCH_SMTP_PASSWORD"  # noqa: S105 - the name of the variable
TIMEOUT = 60.0
"""Seconds to wait for an answer of the server."""

OK, FORWARDED, GO_ON = 250, 251, 354
REFUSED = 500
LONGEST_ANSWER = 300
SHUT_OUT = (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError)
"""What would be the same with every message."""


class Outcome(NamedTuple):
    """What became of a message: its state (see pipelines.books.outbox), and what the server said or what stopped it.

    `is_reached`: the server was there and answered.
    """

    state: str
    answer: str
    is_reached: bool = True


class Server:
    """A mail server, connected when the first message is delivered, and again where the connection was lost."""

    def __init__(self, mail: Mail, domain: str) -> None:
        """Hold how it is reached; `domain` is that of the sender, by which this machine names itself."""
        self._mail = mail
        self._domain = domain
        self._open: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        """Return this object; nothing is connected yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the conversation."""
        self._close()

    def deliver(self, sender: str, recipient: str, content: bytes) -> Outcome:
        """Return what became of a message: accepted (sent), put off (pending), refused (failed), or nobody knows.

        Raises:
            TerminalError: the server does not let us in, or not safely: it would say the same of every message.
        """
        try:
            smtp = self._connected()
            refused = self._announce(smtp, sender, recipient)
            if refused is None:
                smtp.send(_stuffed(content))
        except (OSError, smtplib.SMTPException) as error:
            # Without the final dot a server must not keep a message: RFC 5321, 4.1.1.4.
            is_reached = self._open is not None
            self._close()
            return Outcome(PENDING, _said(error), is_reached)
        if refused is not None:
            return refused
        try:
            smtp.send(b".\r\n")
            answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            return Outcome(UNKNOWN, f"the connection was lost while the server was taking it ({_said(error)})")
        if answer[0] in {OK, FORWARDED}:
            return Outcome(SENT, _text(answer))
        self._close()
        return _turned_down(answer) if answer[0] > 0 else Outcome(UNKNOWN, _text(answer))

    def _announce(self, smtp: smtplib.SMTP, sender: str, recipient: str) -> Outcome | None:
        """Return how the server refuses to hear who writes to whom; None if it waits for the message."""
        commands = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA")
        for command, accepted in zip(commands, ({OK}, {OK, FORWARDED}, {GO_ON}), strict=True):
            answer = smtp.docmd(command)
            if answer[0] not in accepted:
                self._forget(smtp)
                return _turned_down(answer)
        return None

    def _forget(self, smtp: smtplib.SMTP) -> None:
        try:
            is_ready = smtp.rset()[0] == OK
        except (OSError, smtplib.SMTPException):
            is_ready = False
        if not is_ready:
            self._close()

    def _connected(self) -> smtplib.SMTP:
        if self._open is None:
            mail = self._mail
            try:
                smtp = _connect(mail, self._domain)
                with _closed_after_errors(smtp):
                    self._log_in(smtp)
            except SHUT_OUT as error:
                found = f"the mail server does not let us in ({_said(error)})"
                todo = f"see `mail:` in rebatch.yaml and the variable {PASSWORD}; nothing was sent over this connection"
                raise TerminalError(Problem(found, todo, at=Place(f"{mail.host}:{mail.port}"))) from error
            self._open = smtp
        return self._open

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        if self._mail.tls == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
        if self._mail.user is not None:
            smtp.login(self._mail.user, _password())

    def _close(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            with suppress(OSError, smtplib.SMTPException):
                opened.quit()
            opened.close()


def _connect(mail: Mail, domain: str) -> smtplib.SMTP:
    if mail.tls == "implicit":
        safe = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.host, mail.port, local_hostname=domain, timeout=TIMEOUT, context=safe)
    return smtplib.SMTP(mail.host, mail.port, local_hostname=domain, timeout=TIMEOUT)


@contextmanager
def _closed_after_errors(smtp: smtplib.SMTP) -> Iterator[None]:
    try:
        yield
    except BaseException:
        smtp.close()
        raise


def _password() -> str:
    password = os.environ.get(PASSWORD)
    if password is None:
        todo = f"set {PASSWORD} where rebatch is started, or leave out `user:` in rebatch.yaml"
        raise TerminalError(Problem("the mail server wants a password and none is set", todo))
    return password


def _turned_down(answer: tuple[int, bytes]) -> Outcome:
    """Return the outcome of an answer that is no yes: above 500 never, otherwise not now."""
    return Outcome(FAILED if answer[0] >= REFUSED else PENDING, _text(answer))


def _stuffed(content: bytes) -> bytes:
    """Return a message with its dots doubled at the beginning of lines, ended by a line end."""
    doubled = re.sub(rb"(?m)^\.", b"..", content)
    return doubled if doubled.endswith(b"\r\n") else doubled + b"\r\n"


def _text(answer: tuple[int, bytes]) -> str:
    return f"{answer[0]} {' '.join(answer[1].decode(errors='replace').split())}"[:LONGEST_ANSWER]


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        return _text((error.smtp_code, text))
    return " ".join(str(error).split())[:LONGEST_ANSWER] or type(error).__name__
