"""A command of `rebatch` that is cut off at each of its steps in turn, in every way, and then given again.

    python -m tests.faults.crash_points BEFORE EVERY FIRST command …

BEFORE: a workspace before the command, in which {root} stands for its copy. EVERY, FIRST: 1 1 for all steps, 3 2 for
each third from the second on. Prints one JSON object: the steps by kind, how many runs were cut off, how many different
disks they left, and every fault found.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from signal import SIGKILL
from typing import Any

import duckdb

from schemas.errors import StorageError
from tests.faults.disturbed import half_published
from tests.faults.forked import Ended, command, import_everything, in_child
from tests.faults.steps import BY_ERROR, CAN_BE_TORN, MODES, TORN, Steps

PASSING = ("*.lock*", "landing/manifest.json")  # the second notes the times of files, which a copy changes
OF_THE_WORK = "sql CREATE OR REPLACE TABLE work."
TOLD = {0, StorageError.exit_code}
"""How a command ends that a full disk met: it says so, or it could go on without that step."""
ROWS = 'SELECT * FROM "{}" ORDER BY ALL'
TABLES = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND database_name = current_database()"


def whole_books(root: Path) -> dict[str, Any]:
    """Return the hash of every table of the books, and of every file of a workspace but the warehouse itself."""
    if not (root / "warehouse.duckdb").exists():
        return {"tables": {}, "files": {}}
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as books:
        names = sorted(name for (name,) in books.execute(TABLES).fetchall())
        tables = {name: hash_of(books.execute(ROWS.format(name)).fetchall()) for name in names}
        files = {name: digest for name, digest in disk(root).items() if not name.startswith("warehouse.duckdb")}
        for name in [name for name in files if name.endswith(".parquet")]:
            # By its rows: DuckDB notes that no value of a column is missing row by row, or once.
            files[name] = hash_of(books.execute("FROM read_parquet(?)", [str(root / name)]).fetchall())
    return {"tables": tables, "files": files}


def hash_of(what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()


def disk(root: Path) -> dict[str, str]:
    """Return the hash of every file, link and empty folder below `root`, locks apart."""
    found = {}
    for path in sorted(root.rglob("*")):
        if any(path.match(pattern) for pattern in PASSING):
            continue
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = "folder"
    return found


class Rehearsal:
    """One command on copies of one workspace: undisturbed, then cut off at its steps."""

    def __init__(self, before: Path, work: Path, arguments: list[str]) -> None:
        self.before = before
        self.root, self.printed, self.told = work / "workspace", work / "printed", work / "told.json"
        self.arguments = [word.format(root=self.root) for word in arguments]
        self.faults: list[str] = []
        self.cut_off: Counter[str] = Counter()
        self.disks: set[str] = set()
        self.fresh()
        ended, (known, _, expected, steps) = self.give()
        assert ended.code == 0, ended.printed
        self.ledgers = [known["tables"].get("ledger", hash_of([])), expected["tables"]["ledger"]]
        self.expected: dict[str, Any] = expected
        self.steps: list[str] = steps

    def fresh(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.before, self.root, symlinks=True)

    def give(self) -> tuple[Ended, list[Any]]:
        """Give the command undisturbed; returns the books before, whether that was all, those after, its steps."""
        expected = getattr(self, "expected", None)

        def work() -> None:
            steps = Steps(self.root)
            before = whole_books(self.root)
            is_done = expected is not None and before["tables"] == expected["tables"]
            try:
                steps.watch()
                command(self.root, *self.arguments)
            finally:
                # A copy: to look at the books is no step, but is counted.
                taken = list(steps.taken)
                self.told.write_text(json.dumps([before, is_done, whole_books(self.root), taken]), encoding="utf-8")

        return in_child(work, self.printed), json.loads(self.told.read_text(encoding="utf-8"))

    def cut(self, fatal: int, mode: str) -> Ended:
        """Give the command, cut off at the step `fatal`."""

        def work() -> None:
            Steps(self.root, fatal=fatal, mode=mode).watch()
            command(self.root, *self.arguments)

        return in_child(work, self.printed)

    def disturb(self, fatal: int, mode: str) -> None:
        """Cut the command off at one step, and see that nothing is lost, doubled or half done."""
        at = f"{mode} at step {fatal} ({self.steps[fatal - 1]})"
        self.fresh()
        ended = self.cut(fatal, mode)
        self.cut_off[mode] += ended.code != 0
        if ended.code not in (TOLD if mode == BY_ERROR else {0, -SIGKILL}):
            self.faults.append(f"{at}: exit code {ended.code}, {ended.printed[-1500:]}")
        self.faults += [f"{at}: half published: {name}" for name in half_published(self.root)]
        left = hash_of(disk(self.root))
        if left not in self.disks:  # the same bytes on the disk, the same clock: what follows is the same
            self.disks.add(left)
            self.mend(at)

    def mend(self, at: str) -> None:
        """Give the command again, undisturbed, and compare all that is there with an undisturbed run."""
        ended, (before, was_done, after, _) = self.give()
        if before["tables"].get("ledger", hash_of([])) not in self.ledgers:
            self.faults.append(f"{at}: half a ledger")
        if ended.code and not was_done:
            self.faults.append(f"{at}: given again, exit code {ended.code}, {ended.printed[-1500:]}")
        for part in ("tables", "files"):
            for name in sorted(after[part].keys() | self.expected[part].keys()):
                if after[part].get(name) != self.expected[part].get(name):
                    self.faults.append(f"{at}: {part[:-1]} {name} differs")


def chosen(steps: list[str], every: int, first: int) -> list[int]:
    """Return the numbers of each `every`th step; of the tables of a run's work, which each run makes anew, a third."""
    numbers = [number for number, step in enumerate(steps, 1) if OF_THE_WORK not in step]
    scratch = [number for number, step in enumerate(steps, 1) if OF_THE_WORK in step]
    return sorted(numbers + scratch[::3])[first - 1 :: every]


def main(before: str, every: str, first: str, *arguments: str) -> None:
    import_everything()
    with tempfile.TemporaryDirectory(prefix="crash-points-") as work:
        rehearsal = Rehearsal(Path(before), Path(work), list(arguments))
        turns: Counter[str] = Counter()
        for number in chosen(rehearsal.steps, int(every), int(first)):
            kind = rehearsal.steps[number - 1].split()[0]
            # Each step in one way; steps of a kind take turns, since what they leave differs little from step to step.
            modes = [mode for mode in MODES if mode != TORN or kind in CAN_BE_TORN]
            rehearsal.disturb(number, modes[turns[kind] % len(modes)])
            turns[kind] += 1
        counts = Counter(step.split()[0] for step in rehearsal.steps)
        found = {"cut_off": rehearsal.cut_off, "disks": len(rehearsal.disks), "faults": rehearsal.faults}
        sys.stdout.write(json.dumps({"steps": counts, **found}))


if __name__ == "__main__":
    main(*sys.argv[1:])
