"""What comes from outside is shown, not run: no escape sequence, no turned direction reaches a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipelines
from pipelines.console.terminal import show_problems
from pipelines.console.visible import is_visible, visible, visible_json
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from tests.cli.conftest import Rebatch

ROOT = Path(pipelines.__file__).resolve().parents[1]
SCREEN = "\x1b[2J\x1b]0;title\x07"
STRANGE = f"x{SCREEN}\x9b31m\u202eabc\u2066\u200b"
RAW = ("\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\u200b")


@pytest.fixture
def hostile(sample: Path) -> Path:
    """A workspace whose file name, cells and titles hold what a terminal would obey."""
    config = sample / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("rejects: 1%", "rejects: 90%"), encoding="utf-8")
    sales = sample / "extracts" / "transactions.csv"
    head, first, *rest = sales.read_text(encoding="utf-8").splitlines()
    bad = first.replace("1600.00", STRANGE).replace("T-0001", f"T-{STRANGE}")
    sales.unlink()
    named = sample / "extracts" / f"transactions{STRANGE}.csv"
    named.write_text("\n".join([head, *rest, bad, ""]), encoding="utf-8")
    rule = sample / "rules" / "volume-bonus-2026.yaml"
    text = rule.read_text(encoding="utf-8").replace("Sample agreement", "Sample \u202e agreement")
    rule.write_text(text, encoding="utf-8")
    return sample


def test_no_command_prints_what_a_terminal_would_obey(hostile: Path, rebatch: Rebatch) -> None:
    shown = [
        rebatch("-w", hostile, "run", "--as-of", "2026-11-23"),
        rebatch("-w", hostile, "rejects"),
        rebatch("-w", hostile, "rejects", "--json"),
        rebatch("-w", hostile, "status"),
        rebatch("-w", hostile, "rules"),
        rebatch("-w", hostile, "terms", hostile / "rules" / "volume-bonus-2026.yaml"),
        rebatch("-w", hostile, "history", f"T-{STRANGE}"),
        rebatch("-w", hostile, f"no-{STRANGE}"),
    ]
    printed = "".join(each.out + each.err for each in shown)
    assert [sign for sign in RAW if sign in printed] == []
    assert "\\x1b[2J" in printed
    assert "\\u202e" in printed
    # JSON says exactly the same.
    originals = {row["file"] for row in shown[2].data["rejects"]}
    assert any(STRANGE in original for original in originals)


def test_csv_is_exact_and_never_sent_to_a_terminal(hostile: Path, rebatch: Rebatch) -> None:
    rebatch("-w", hostile, "run", "--as-of", "2026-11-23")
    assert STRANGE in rebatch("-w", hostile, "rejects", "--csv").out
    code, printed = in_terminal("-w", str(hostile), "rejects", "--csv")
    assert code == 1
    assert b"which a terminal could obey" in printed
    assert b"T-0" not in printed
    code, printed = in_terminal("-w", str(hostile), "rejects")
    assert code == 0
    assert b"\\x1b[2J" in printed
    assert SCREEN.encode() not in printed


def in_terminal(*arguments: str) -> tuple[int, bytes]:
    """Give a command whose output is a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "import cli; cli.command()", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=theirs, stderr=theirs, stdin=theirs) as process:
        os.close(theirs)
        printed = b""
        while True:
            try:
                printed += os.read(ours, 65_536)
            except OSError:  # the other side is closed
                break
    os.close(ours)
    return process.returncode, printed


def test_a_problem_is_one_line_whatever_it_speaks_of(capsys: pytest.CaptureFixture[str]) -> None:
    show_problems([Problem(f"found {STRANGE}\nerror: forged", "do that", at=Place(f"a{STRANGE}.csv", 1))])
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert is_visible(printed.removesuffix("\n"))


@given(st.text())
def test_visible_text_has_nothing_hidden_and_plain_text_stays(text: str) -> None:
    assert is_visible(visible(text))
    assert visible(visible(text)) == visible(text)
    assert (visible(text) == text) == is_visible(text)


@given(st.text(), st.sampled_from(["utf-8", "ascii", "latin-1"]))
def test_json_made_visible_says_the_same(text: str, encoding: str) -> None:
    written = visible_json(json.dumps({"a": text}, ensure_ascii=False, indent=1), encoding)
    assert json.loads(written.encode(encoding)) == {"a": text}
    assert is_visible(written.replace("\n", ""))
