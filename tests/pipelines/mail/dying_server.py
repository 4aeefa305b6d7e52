"""A mail server on this machine that takes messages, refuses them, or dies at a step of the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from pipelines.prefect_server import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = ("dot", "EHLO", "after", "MAIL", "body", "RCPT", "DATA")
"""Where it may die: `body` while the message is coming, `dot` when it has all of it, `after` once it has said yes."""


class Taken:
    """What a server has taken, and what it does with the next: the step at which it dies, or how it answers at one."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.dies_at = ""
        self.says: dict[str, str] = {}
        self.times = 1_000_000
        """So many times; after that it takes what comes."""

    def turn(self, step: str) -> str | None:
        """What it does at a step: "die", an answer, or nothing special."""
        what = "die" if self.dies_at == step else self.says.get(step)
        if what is None or self.times <= 0:
            return None
        self.times -= 1
        return what


class DyingServer(SMTP):
    """The conversation with one client."""

    def __init__(self, taken: Taken, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.taken = taken
        self.was_last = False

    def die(self) -> None:
        transport: Any = self.transport
        transport.abort()

    async def _at(self, step: str, go_on: Callable[[str], Any], argument: str) -> None:
        what = self.taken.turn(step)
        if what == "die":
            self.die()
        elif what is not None:
            await self.push(what)
        else:
            await go_on(argument)

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        await self._at("EHLO", super().smtp_EHLO, hostname)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        await self._at("MAIL", super().smtp_MAIL, arg or "")

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        await self._at("RCPT", super().smtp_RCPT, arg or "")

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if self.taken.turn("body") == "die":
            await self.push("354 go on")
            await self._reader.read(10)
            self.die()
            return
        await self._at("DATA", super().smtp_DATA, arg)

    async def push(self, status: Any) -> None:
        await super().push(status)
        if self.was_last:
            self.was_last = False
            if self.taken.turn("after") == "die":
                self.die()


class Handler:
    """What is done with a message that has come whole."""

    def __init__(self, taken: Taken) -> None:
        self.taken = taken

    async def handle_DATA(self, server: DyingServer, _session: Any, envelope: Any) -> str:  # noqa: N802
        what = self.taken.turn("dot")
        if what not in {None, "die"}:
            return str(what)
        self.taken.messages.append((envelope.rcpt_tos[0], envelope.content))
        if what == "die":
            server.die()
        server.was_last = True
        return "250 taken as 4711"


class MailServer(Controller):
    """A server in a thread, on a free port of this machine."""

    def __init__(self, **options: Any) -> None:
        self.taken = Taken()
        super().__init__(Handler(self.taken), hostname="127.0.0.1", port=free_port(), **options)

    def factory(self) -> DyingServer:
        return DyingServer(self.taken, self.handler, **self.SMTP_kwargs)
