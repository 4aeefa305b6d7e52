from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from reference_maker.commands import commands_of

import cli
from pipelines.console.exit_codes import exit_codes
from tests.cli.conftest import Outcome

if TYPE_CHECKING:
    from tests.cli.conftest import Rebatch

ROOT = Path(cli.__file__).parent
GROUP = commands_of(typer.main.get_command(cli.app))
COMMANDS = sorted(GROUP)

HEAVY_AFTER_HELP = """
import sys
import cli
sys.argv = ["rebatch", "--help"]
try:
    cli.main()
except SystemExit:
    pass
heavy = {"polars", "duckdb", "pyarrow", "pandera", "prefect", "pydantic", "jinja2", "filelock"}
print(sorted(heavy & sys.modules.keys()), file=sys.stderr)
"""


def test_there_are_the_commands_that_are_promised() -> None:
    promised = "calc check dashboard explain init plan rejects rules run schema serve status terms verify"
    of_payouts = "adjust approve balance export history outstanding payouts reconcile reject submit"
    of_books = "accruals appendix backup changes cost near overlaps panel rekey replay restore simulate workbook"
    of_statements = [f"statements {name}" for name in ("make", "resend", "send", "status")]
    of_visits = [f"visits {name}" for name in ("measures", "plan", "report", "sheet")]
    groups = (*of_statements, *of_visits, "site", "site access")
    assert sorted([*f"{promised} {of_payouts} {of_books}".split(), *groups]) == COMMANDS


def test_help_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HEAVY_AFTER_HELP], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
    assert "rebatch" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(rebatch: Rebatch, command: str) -> None:
    shown = rebatch(*command.split(), "--help")
    assert shown.code == 0
    assert "Example: rebatch" in shown.out
    assert f" {command} " in shown.out.partition("Example:")[2]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_is_for(command: str) -> None:
    options = GROUP[command].params
    assert all(option.help for option in options if option.name != "help")


def test_help_lists_every_exit_code(rebatch: Rebatch) -> None:
    words = " ".join(rebatch("--help").out.split())
    for code, meaning in exit_codes().items():
        assert f"{code} {meaning}" in words


def test_the_version_is_that_of_the_project(rebatch: Rebatch) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert rebatch("--version") == Outcome(0, f"rebatch {project['version']}\n", "")


def test_the_shell_can_complete_commands() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import cli; cli.app(prog_name='rebatch')"],
        cwd=ROOT,
        env={"_REBATCH_COMPLETE": "complete_bash", "COMP_WORDS": "rebatch st", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert sorted(done.stdout.split()) == ["statements", "status"]


def test_a_wrong_command_line_is_code_2(rebatch: Rebatch) -> None:
    assert rebatch("run", "--as-of", "yesterday").code == 2
    assert rebatch("nonsense").code == 2
