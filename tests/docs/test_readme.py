"""README: what it shows is what is printed, and what it names exists.

REBATCH_WRITE_README=1 writes what is really printed into it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

import cli
from pipelines.console.exit_codes import exit_codes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(cli.__file__).parent
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MAKE_RUN = "rebatch --workspace data/demo run --as-of 2026-11-23"
COMMANDS = {
    command.name: command
    for command in typer.main.get_command(cli.app).commands.values()  # type: ignore[attr-defined]
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands of README see of the repository, before anything was run."""
    folder = tmp_path_factory.mktemp("clone")
    demo = folder / "data" / "demo"
    demo.mkdir(parents=True)
    shutil.copy(ROOT / "data" / "demo" / "rebatch.yaml", demo)
    shutil.copytree(ROOT / "data" / "demo" / "extracts", demo / "extracts")
    shutil.copytree(ROOT / "rules" / "programs", folder / "rules" / "programs")
    program = folder / "bin" / "rebatch"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "import cli; cli.main()" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder


def _type(command: str, clone: Path) -> str:
    """Type a command of README into a shell, as a reader would."""
    environment = {
        **os.environ,
        "PATH": f"{clone / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "REBATCH_WORKSPACE": str(clone / "data" / "demo"),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-c", command.replace("make run", MAKE_RUN)],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout


def _retyped(block: str, clone: Path) -> Iterator[str]:
    for line in block.splitlines():
        if line.startswith("$ "):
            yield f"{line}\n"
            yield _type(line.removeprefix("$ "), clone)


@pytest.mark.timeout(300)
def test_what_readme_shows_is_what_is_printed(clone: Path) -> None:
    printed = CONSOLE.sub(lambda block: f"```console\n{''.join(_retyped(block[1], clone))}```", TEXT)
    if os.environ.get("REBATCH_WRITE_README"):
        README.write_text(printed, encoding="utf-8")
    else:
        assert printed == TEXT


def test_make_run_is_what_the_makefile_runs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "AS_OF ?= 2026-11-23" in makefile
    assert "/rebatch --workspace data/demo run --as-of $(AS_OF)" in makefile


def test_every_command_is_in_readme_and_the_other_way_round() -> None:
    assert set(re.findall(r"^\| `rebatch (\w+)", TEXT, re.MULTILINE)) == set(COMMANDS)


def test_every_option_that_readme_names_exists() -> None:
    known = {option for command in COMMANDS.values() for param in command.params for option in param.opts}
    known |= {"--workspace", "-w", "--help", "--version", "--install-completion"}
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", TEXT))
    assert named <= known
    assert {"--as-of", "--json", "--prefect", "--values", "--cron"} <= named


def test_exit_codes_are_those_of_the_program() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", TEXT, re.MULTILINE)
    assert {int(code): meaning for code, meaning in rows} == exit_codes()


def test_every_file_and_make_target_that_readme_names_exists() -> None:
    for path in re.findall(r"`((?:pipelines|rules|reports|schemas|data)/[\w./-]*|[\w-]+\.(?:py|yaml))`", TEXT):
        if path != "rebatch.yaml":
            assert (ROOT / path).exists(), path
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make ([a-z-]+)`", TEXT):
        assert f"\n{target}:" in makefile, target


def test_the_changelog_says_whether_amounts_change() -> None:
    entries = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1:]
    assert entries
    assert all("**Amounts:**" in entry for entry in entries)
