"""Flaws: what keeps one payout out of the files of an export, so that the others can leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.errors import Problem


@dataclass(frozen=True)
class Flaw:
    """A problem of one document: it and only it must not be exported."""

    document_id: str
    problem: Problem
