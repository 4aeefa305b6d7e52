"""How a stage says how far it is, without knowing who listens."""

from __future__ import annotations

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
