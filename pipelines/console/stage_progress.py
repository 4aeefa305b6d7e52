"""How a stage says how far it is, and what it did, without knowing who listens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Progress(Protocol):
    """Hears of one stage at a time; must never fail a run."""

    def start(self, stage: str, total: int | None) -> None:
        """Begin `stage`, of `total` rows or files where that is known."""

    def advance(self, n: int) -> None:
        """Count `n` more as done."""

    def end(self) -> None:
        """Finish the stage that was started last."""


class Silent:
    """The progress of scripts, schedulers and tests: nobody looks."""

    def start(self, stage: str, total: int | None) -> None:
        """Say nothing."""

    def advance(self, n: int) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class StageResult:
    """A stage's name and its counts: small values that a table can show and a scheduler can keep."""

    stage: str
    counts: dict[str, int | str] = field(default_factory=dict)
