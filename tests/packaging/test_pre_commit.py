"""Pre-commit: a commit waits for `make lint`, whatever that is, and for nothing else; it needs no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import pipelines

ROOT = Path(pipelines.__file__).resolve().parents[1]
CONFIG = ROOT / ".pre-commit-config.yaml"
NO_NETWORK = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "PIP_NO_INDEX": "1"}


@pytest.mark.parametrize(("lint", "code"), [("@echo linted", 0), ("@echo linted; exit 1", 1)])
def test_a_commit_waits_for_make_lint(tmp_path: Path, lint: str, code: int) -> None:
    shutil.copy(CONFIG, tmp_path)
    (tmp_path / "Makefile").write_text(f"lint:\n\t{lint}\n", encoding="utf-8")
    environment = {**os.environ, **NO_NETWORK, "PRE_COMMIT_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    for command in (["git", "init", "-q"], ["git", "add", "Makefile", CONFIG.name]):
        subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--verbose"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "linted" in done.stdout) == (code, True), done.stdout + done.stderr


def test_all_its_hooks_are_of_this_repository() -> None:
    configured = YAML(typ="safe").load(CONFIG)["repos"]
    assert [repo["repo"] for repo in configured] == ["local"]
    assert {hook["language"] for repo in configured for hook in repo["hooks"]} == {"system"}
