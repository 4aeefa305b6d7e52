"""A disputed transaction as most tests need it: asked for by one person, approved by another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.approval.approval_items import Choice
from pipelines.approval.approve import decide, propose
from pipelines.approval.dispute import Dispute, Moved
from pipelines.approval.dispute import dispute as ask_for

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

__all__ = ["Dispute", "dispute"]


def dispute(workspace: Workspace, about: Dispute, *, excludes: bool, person: str) -> None:
    """Take a transaction out, or back in, with the approval of another person."""
    request = ask_for(workspace, replace(about, excludes=excludes), Moved(), person=person)[1].frame["subject"][0]
    choice = Choice(ids=(request,))
    proposed = propose(workspace, choice, kind="approve", person="zoe")
    decide(workspace, choice, proposed, kind="approve", person="zoe", reason="")
