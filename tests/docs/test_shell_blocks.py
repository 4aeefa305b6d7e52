"""Shell blocks: what a document shows is what is printed, typed from top to bottom in one shell of a fresh clone.

REBATCH_WRITE_DOCS=1 writes what is really printed into the documents.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.documents import CONSOLE, DOCUMENTS, FENCE, ROOT, commands, name

if TYPE_CHECKING:
    from pathlib import Path

MARK = "\x1e"
"""What the shell prints before each command, so that one output is told from the next."""

MARKING = f"mark() {{ local status=$?; printf '{MARK}'; return $status; }}\n"
"""Prints MARK, and leaves $? as the command before it did."""

PROGRAM = f"""#!/bin/sh
exec "{sys.executable}" -c "import cli; cli.command()" "$@"
"""
WRITE = "REBATCH_WRITE_DOCS"
OURS = ("REBATCH_", "PREFECT_", "MAKE", "MFLAGS")
"""Beginnings of what our own settings, and a `make` above this one, leave in the environment; no reader has them."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The repository as it is before anything was run, its environment made; tests and git left out."""
    folder = tmp_path / "clone"
    for part in ("pipelines", "rules", "reports", "schemas", "docs"):
        shutil.copytree(ROOT / part, folder / part)
    for part in ("data/demo/extracts", "data/demo/brand"):
        shutil.copytree(ROOT / part, folder / part)
    for file in ("data/demo/rebatch.yaml", "cli.py", "constraints.txt", "pyproject.toml", "Makefile", "README.md"):
        shutil.copy2(ROOT / file, folder / file)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "activate").write_text('PATH="$PWD/.venv/bin:$PATH"\n', encoding="utf-8")
    (programs / "rebatch").write_text(PROGRAM, encoding="utf-8")
    (programs / "rebatch").chmod(0o755)
    (folder / ".venv" / ".installed").touch()
    return folder


def _typed(all_commands: list[str], clone: Path) -> list[str]:
    """Type commands into one shell, as a reader would, and return what each of them prints."""
    script = MARKING + "".join(f"mark\n{command}\n" for command in all_commands)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    with subprocess.Popen(
        ["bash", "-c", script],
        cwd=clone,
        env=environment | {"PYTHONPATH": str(clone), "LC_ALL": "C.UTF-8", "COLUMNS": "100", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            printed, _ = shell.communicate(timeout=150)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)  # what it started too, or the pipe would stay open
            raise
    return printed.split(MARK)[1:]


def _with_newline(printed: str) -> str:
    return printed if not printed or printed.endswith("\n") else f"{printed}\n"


def _retyped(text: str, clone: Path) -> str:
    """Return the document with what its commands print today."""
    typed = [command for block in CONSOLE.finditer(text) for command in commands(block["body"])]
    outputs = iter(_typed(typed, clone))

    def _block(block: re.Match[str]) -> str:
        shown = "".join(f"$ {command}\n{_with_newline(next(outputs))}" for command in commands(block["body"]))
        return f"```console\n{shown}```"

    return CONSOLE.sub(_block, text)


LONG = frozenset(
    {
        "backup-and-upgrade.md",
        "disputes.md",
        "erp-hand-over.md",
        "extracts.md",
        "look-after-members.md",
        "month-end.md",
        "nightly-runs.md",
        "partner-site.md",
        "plan-visits.md",
        "send-statements.md",
        "show-managers.md",
        "tutorial.md",
        "write-an-agreement.md",
    }
)
"""Documents with many runs, whose blocks are typed in the long suite."""


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    "document",
    [pytest.param(path, marks=pytest.mark.long) if path.name in LONG else path for path in DOCUMENTS],
    ids=[name(path) for path in DOCUMENTS],
)
def test_what_a_document_shows_is_what_is_printed(document: Path, clone: Path) -> None:
    text = document.read_text(encoding="utf-8")
    if not CONSOLE.search(text):
        return
    printed = _retyped(text, clone)
    if os.environ.get(WRITE):
        document.write_text(printed, encoding="utf-8")
    else:
        assert printed == text, f"set {WRITE}=1 to write what is printed, then look at the difference"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_no_shell_block_goes_unrun(document: Path) -> None:
    blocks = list(FENCE.finditer(document.read_text(encoding="utf-8")))
    assert not {block["language"].strip() for block in blocks} & {"bash", "sh", "shell", "zsh"}
    others = [block["body"] for block in blocks if block["language"].strip() != "console"]
    assert not [body for body in others if re.search(r"^\$ ", body, re.MULTILINE)], "write ```console above it"
    for block in blocks:
        if block["language"].strip() == "console":
            assert block["body"].startswith("$ "), "a console block begins with a command"


def test_a_changed_output_would_be_seen(clone: Path) -> None:
    shown = "```console\n$ cat > a.txt <<'EOF'\none\nEOF\n$ sed s/one/two/ a.txt\none\n```"
    assert _retyped(shown, clone) == shown.replace("a.txt\none\n", "a.txt\ntwo\n")
