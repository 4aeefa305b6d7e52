"""A damaged warehouse, as failing and full disks leave it: every command says so in one sentence and an exit code."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Rebatch

CASE = Path(__file__).parents[1] / "cases" / "field" / "19-a-damaged-block-in-the-warehouse"
DAMAGED = 8


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole") / "workspace"
    shutil.copytree(CASE, root)
    (root / "rebatch.yaml").write_text((root / "rebatch.yaml").read_text(encoding="utf-8") + "backups: {keep: 2}\n")
    run_all(open_workspace(root), Run(date(2026, 11, 23)))
    return root


def poked(offset: int) -> Callable[[Path], None]:
    def poke(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(bytes(range(48)))

    return poke


def poke_everywhere(path: Path) -> None:
    """Change some bytes of every block but the head, so that whatever is read first is damaged."""
    for offset in range(12_288 + 1_000, path.stat().st_size, 4_096):
        poked(offset)(path)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "first header": poked(0),
    "a block of the head": poked(8_192),
    "every block": poke_everywhere,
    "cut off": lambda path: os.truncate(path, path.stat().st_size // 2),
    "cut to its head": lambda path: os.truncate(path, 100),
    "empty": lambda path: os.truncate(path, 0),
    "another file": lambda path: shutil.copy(__file__, path),
}
COMMANDS = [
    ("verify",),
    ("status",),
    ("run", "--as-of", "2026-11-23"),
    ("payouts",),
    ("explain", "D-001", "volume-bonus", "2026-Q2"),
    ("plan",),
    ("rejects",),
    ("replay", "2026-11-23"),
    ("backup", "copy.tar"),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told_as_damage_with_the_backup_to_put_back(
    whole: Path, tmp_path: Path, rebatch: Rebatch, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "workspace"
    shutil.copytree(whole, root)
    DAMAGES[damage](root / "warehouse.duckdb")
    # DuckDB notices what is cut off once it reads it: `verify` reads everything.
    for command in COMMANDS[:1] if damage == "cut off" else COMMANDS:
        told = rebatch("-w", root, *command)
        assert (told.code, told.out) == (DAMAGED, ""), (command, told)
        assert "the warehouse is damaged" in told.err
        assert "`rebatch restore backups/nightly-2026-11-23.tar --overwrite`" in told.err
        assert len(told.err.splitlines()) == 1
    done = rebatch("-w", root, "restore", root / "backups" / "nightly-2026-11-23.tar", "--overwrite")
    assert done.code == 0, done
    assert rebatch("-w", root, "verify").code == 0


def test_too_little_memory_is_not_a_full_disk(whole: Path, tmp_path: Path, rebatch: Rebatch) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(whole, root)
    config = root / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8") + "memory_limit: 1MB\n", encoding="utf-8")
    told = rebatch("-w", root, "run", "--as-of", "2026-11-23")
    assert told.code == 1
    assert "the work does not fit into `memory_limit: 1MB`" in told.err
    assert "raise `memory_limit` in rebatch.yaml" in told.err
