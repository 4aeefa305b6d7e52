"""What `plan` and `check` take for many programs beside a bare parse of the same files by the C library of YAML.

Prints CPU time and the ratio; asserts that a plan tells of the edited program alone, never how long it takes.
`make bench` shows it; PROGRAMS says how many.
"""

from __future__ import annotations

import os
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from pipelines.authoring.check import examine
from pipelines.authoring.plan import plan
from pipelines.books.runs import Run
from pipelines.stages import STAGES
from tests.benchmarks.many_programs import make_programs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAMS = int(os.environ.get("PROGRAMS", "300"))
DAY = date(2026, 11, 23)


def seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


@pytest.mark.long
def test_one_edited_of_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = make_programs(tmp_path, PROGRAMS)
    for stage in STAGES[:-1]:
        stage.run(workspace, Run(DAY))
    path = workspace.rules_dir / "0-dealer-revenue.yaml"
    path.write_text(path.read_text("utf-8").replace("rate: 2%", "rate: 3%"), "utf-8")
    texts = [each.read_text("utf-8") for each in workspace.rules_dir.glob("*.yaml")]
    made: list[Any] = []
    parsed = seconds(lambda: [YAML(typ="safe").load(text) for text in texts])
    planned = seconds(lambda: made.append(plan(workspace)))
    checked = seconds(lambda: examine(workspace))
    assert made[0].changes.lines["program"].unique().to_list() == ["dealer-revenue"]
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{PROGRAMS} programs: parsing {parsed:.2f} CPU-s; plan {planned:.2f}, {planned / parsed:.1f} x; "
            f"check {checked:.2f}, {checked / parsed:.1f} x"
        )
