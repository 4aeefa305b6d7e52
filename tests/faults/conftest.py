"""Workspaces to disturb, and what an undisturbed run leaves of them."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from pipelines.workspace.configuration import create_workspace
from tests.faults.disturbed import FIRST, ROOT, Books, books_of, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import BuiltOnce


@pytest.fixture(scope="session")
def copy_workspace(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Copy a workspace, rules included, into a folder of its own."""

    def copy(root: Path, into: Path | None = None) -> Path:
        target = (into or tmp_path_factory.mktemp("copy")) / "workspace"
        subprocess.run(["cp", "-r", str(root), str(target)], check=True)
        return target

    return copy


@pytest.fixture(scope="session")
def small(built_once: BuiltOnce) -> Path:
    """A workspace that was run as of FIRST."""

    def build(root: Path) -> None:
        create_workspace(root)
        assert run(root, FIRST)[0] == 0

    return built_once("small", build)


@pytest.fixture(scope="session")
def small_books(small: Path, built_once: BuiltOnce) -> Books:
    """What an undisturbed run of `small` as of SECOND leaves."""

    def build(root: Path) -> None:
        shutil.copytree(small, root, dirs_exist_ok=True)
        assert run(root)[0] == 0

    return books_of(built_once("small-again", build))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo before its first run, rules included, in a folder of its own."""
    root = tmp_path_factory.mktemp("demo") / "workspace"
    root.mkdir()
    parts = (str(ROOT / "data" / "demo" / name) for name in ("extracts", "brand"))
    subprocess.run(["cp", "-r", *parts, str(root)], check=True)
    subprocess.run(["cp", "-r", str(ROOT / "rules" / "programs"), str(root / "rules")], check=True)
    config = (ROOT / "data" / "demo" / "rebatch.yaml").read_text(encoding="utf-8")
    (root / "rebatch.yaml").write_text(config.replace("../../rules/programs", "rules"), encoding="utf-8")
    return root
