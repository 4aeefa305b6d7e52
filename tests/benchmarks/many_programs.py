"""A workspace with many programs: those of the demo over and over, each under an id of its own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

ROOT = Path(__file__).parents[2]
PROGRAM = re.compile(r"(?m)^program: *(\S+)")
CALENDAR = re.compile(r"(?m)^calendar: ")
MADE_BY_RUNS = shutil.ignore_patterns(
    "warehouse.duckdb*", "*.lock*", "landing", "rejects", "out", "published", "statements", "site", "spill", "backups"
)


def make_programs(root: Path, programs: int) -> Workspace:
    """Write the demo's workspace into `root` with so many programs."""
    demo = root / "demo"
    shutil.copytree(ROOT / "data" / "demo", demo, ignore=MADE_BY_RUNS)
    config = demo / "rebatch.yaml"
    config.write_text(re.sub(r"(?m)^rules: .*", "rules: rules", config.read_text("utf-8")), "utf-8")
    (demo / "rules").mkdir()
    texts = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "rules" / "programs").glob("*.yaml"))}
    own = {name: text for name, text in texts.items() if PROGRAM.search(text)}
    for name in texts.keys() - own.keys():
        (demo / "rules" / name).write_text(texts[name], "utf-8")
    for number in range(programs):
        name, text = list(own.items())[number % len(own)]
        again = number // len(own)
        renamed = PROGRAM.sub(rf"program: \1-{again}", text, count=1) if again else text
        (demo / "rules" / f"{again}-{name}").write_text(renamed, "utf-8")
    return open_workspace(demo)
