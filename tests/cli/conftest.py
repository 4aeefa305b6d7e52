"""The command line as a person meets it: what is printed where, and with which exit code."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pytest

import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = json.loads(self.out)
        return found


class Rebatch(Protocol):
    def __call__(self, *arguments: str | Path) -> Outcome: ...


@pytest.fixture
def rebatch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rebatch:
    """Call the command line in this process."""
    monkeypatch.delenv("REBATCH_WORKSPACE", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["rebatch", *map(str, arguments)])
        capsys.readouterr()
        code = _code_of(cli.main)
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    return call


def _code_of(program: Callable[[], None]) -> int:
    try:
        program()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0
