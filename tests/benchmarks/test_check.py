"""What `check` takes for many programs beside few: those of the demo over and over.

Prints CPU time and the ratio; asserts that each copy is found to be like the first, never how long it takes.
`make bench` shows it; PROGRAMS says how many.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pipelines.authoring.check import Checked, examine
from tests.benchmarks.many_programs import make_programs

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

PROGRAMS = int(os.environ.get("PROGRAMS", "300"))
COPIES = 15
"""Programs of the demo: so many are copied."""


def timed(workspace: Workspace) -> tuple[Checked, float]:
    began = time.process_time()
    return examine(workspace), time.process_time() - began


@pytest.mark.long
def test_many_programs_beside_few(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few, many = (make_programs(tmp_path / str(number), number) for number in (COPIES, PROGRAMS))
    one, seconds = timed(few)
    every, longer = timed(many)
    assert len(every.programs) == PROGRAMS
    kinds, again = (Counter((f.kind, f.at.file.partition("-")[2], f.at.line) for f in c.findings) for c in (one, every))
    copies = PROGRAMS // COPIES
    # Whether one pays on what others do depends on how many there are.
    alike = [place for place in kinds if place[0] != "double-payment"]
    assert {place: again[place] // copies for place in alike} == {place: kinds[place] for place in alike}
    with capsys.disabled():
        print(f"\n{COPIES} programs {seconds:.2f} CPU-s, {PROGRAMS} programs {longer:.2f}: {longer / seconds:.1f} x")  # noqa: T201
