"""The nightly job on agreements and a history at random: real files in, the ledger's sums out."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from tests.laws.agreements import yaml_of
from tests.posting import post_run

if TYPE_CHECKING:
    from datetime import date

    from tests.oracles.history import History
    from tests.oracles.reckoning import Key

EARNED = "SELECT program, rebate, member_id, period, amount FROM ledger WHERE kind IN ('rebate', 'restatement')"


def booked(
    agreements: list[dict[str, Any]], history: History, days: list[date], *, files: int = 1
) -> dict[Key, Fraction]:
    """Run on each of `days`, in a workspace of its own, and add the ledger up; nothing that is zero.

    The sales come in so many `files`.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        history.write(root, files=files)
        (root / "rules").mkdir()
        for program in agreements:
            text = "\n".join(f"{key}: {yaml_of(value)}" for key, value in program.items())
            (root / "rules" / f"{program['program']}.yaml").write_text(text + "\n", encoding="utf-8")
        workspace = open_workspace(root)
        for day in sorted(days):
            post_run(workspace, Run(day))
        with connect(workspace, read_only=True) as connection:
            rows = read(connection, EARNED).rows()
    found: dict[Key, Fraction] = defaultdict(Fraction)
    for *key, amount in rows:
        found[tuple(key)] += Fraction(amount)
    return {key: amount for key, amount in found.items() if amount}
