"""The progress and the result of a stage, reported without knowing who displays them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from schemas.errors import Problem


class Progress(Protocol):
    """Receives the progress of one stage at a time; it must never make a run fail."""

    def start(self, stage: str, total: int | None) -> None:
        """Start `stage`, of `total` rows or files where that is known."""

    def advance(self, n: int) -> None:
        """Count `n` more rows or files as done."""

    def end(self) -> None:
        """End the stage that was started last."""


class Silent:
    """Progress that is not displayed: for scripts, schedulers and tests."""

    def start(self, stage: str, total: int | None) -> None:
        """Ignore the start of a stage."""

    def advance(self, n: int) -> None:
        """Ignore the advance."""

    def end(self) -> None:
        """Ignore the end of a stage."""


@dataclass(frozen=True)
class StageResult:
    """A stage's name and its counts: small values that a table can show and a scheduler can keep.

    `problems`: of single payees, for whom it could not do its work; it is done for all others.
    """

    stage: str
    counts: dict[str, int | str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
