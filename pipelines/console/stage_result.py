"""What a stage says it did."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StageResult:
    """A stage's name and its counts: small values that a table can show and a scheduler can keep."""

    stage: str
    counts: dict[str, int | str] = field(default_factory=dict)
