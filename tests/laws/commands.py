"""The commands of one workspace, each in a child, cut off by dice; the first thing that does not hold ends them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, time
from signal import SIGKILL
from typing import TYPE_CHECKING, Any, NoReturn

from tests.faults.forked import Ended, command, in_child
from tests.faults.steps import MODES, Steps

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

CONTRADICTION = 7
"""Exit code of what would contradict the books: a day before the one they stand at, nothing to approve."""


class BrokenError(Exception):
    """Says what does not hold."""


class Commands:
    """One workspace, what day it is there, and how many nights have passed."""

    def __init__(self, root: Path, dice: Random) -> None:
        self.root, self.printed, self.dice = root / "workspace", root / "printed", dice
        self.today, self.number = date(2026, 4, 2), 0

    def cut_off(self, *arguments: str, may: int = 0) -> None:
        """Give a command, after attempts that failed at a random step in a random way."""
        while self.dice.random() < 0.5:
            fatal, mode = self.dice.randint(1, 160 if arguments[0] == "run" else 40), self.dice.choice(MODES)
            ended = self.give(*arguments, fatal=fatal, mode=mode)
            if ended.code not in {0, may, 75, -SIGKILL}:
                self.broken(f"{arguments[0]}, {mode} at step {fatal}, ended with {ended.code}: {ended.printed[-300:]}")
        ended = self.give(*arguments)
        if ended.code not in {0, may}:
            self.broken(f"{arguments[0]} ended with {ended.code}: {ended.printed[-300:]}")

    def give(self, *arguments: str, fatal: int = 0, mode: str = "", day: date | None = None) -> Ended:
        now = datetime.combine(day or self.today, time(12), UTC)

        def work() -> None:
            if fatal:
                Steps(self.root, fatal=fatal, mode=mode).watch()
            command(self.root, *arguments, now=now)

        return in_child(work, self.printed)

    def told(self, *arguments: str) -> dict[str, list[dict[str, Any]]]:
        ended = self.give(arguments[0], "--json", *arguments[1:])
        if ended.code:
            self.broken(f"{arguments[0]} ended with {ended.code}: {ended.printed[-300:]}")
        told: dict[str, list[dict[str, Any]]] = json.loads(ended.printed)
        return told

    def published(self) -> str:
        files = sorted(path for path in (self.root / "out").rglob("*") if path.is_file())
        return hashlib.sha256(repr([(str(path), path.read_bytes()) for path in files]).encode()).hexdigest()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def broken(self, what: str) -> NoReturn:
        message = f"night {self.number}, {self.today}: {' '.join(what.split())}"
        raise BrokenError(message)
