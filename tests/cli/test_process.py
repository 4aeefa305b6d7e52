"""The command as a process: what reaches a pipe or a file, and the exit code, though it ends without tidying up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from pipelines.workspace.configuration import create_workspace

COMMAND = (sys.executable, "-c", "import cli; cli.command()")
ROOT = Path(cli.__file__).parent
FULL = Path("/dev/full")
ENDED = """
import os, signal, time
import cli, pipelines.stages

def end(_):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)

pipelines.stages.load_programs = end
cli.command()
"""


def test_a_long_output_reaches_a_pipe_to_its_end() -> None:
    done = subprocess.run([*COMMAND, "schema"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "tiers" in json.dumps(json.loads(done.stdout))


def test_a_problem_is_told_with_its_exit_code(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "-w", str(tmp_path), "status"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert done.stderr.startswith("error: ")
    assert done.stdout == ""


def test_a_wrong_command_line_is_told() -> None:
    done = subprocess.run([*COMMAND, "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nonsense" in done.stderr


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    with subprocess.Popen([*COMMAND, "schema"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.long
def test_who_ends_a_command_is_told_what_that_means(tmp_path: Path) -> None:
    create_workspace(tmp_path / "acme")
    done = subprocess.run(
        [sys.executable, "-c", ENDED, "-w", str(tmp_path / "acme"), "run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert done.stderr == "error: stopped before it was done → give the command again: nothing was half done\n"
    assert done.stdout == ""


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_full_disk_under_the_output_is_told() -> None:
    with FULL.open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "schema"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 75
    assert done.stderr.startswith("error: the output could not be written (No space left on device)")
