"""The page of the commands: every example can be given, and no variable of the environment is kept back."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from reference_maker.commands import ENVIRONMENT, commands_of, example_of, group_of, said_of

import cli

ROOT = Path(cli.__file__).parent
GROUP = group_of()
COMMANDS = commands_of(GROUP)


def parse(words: list[str]) -> tuple[str, dict[str, Any]]:
    """Read a command line to its end without doing what it says: the command and its parameters."""
    with GROUP.make_context("rebatch", list(words)) as context:
        rest = [*context._protected_args, *context.args]
        return _parsed(GROUP, context, rest)


def _parsed(group: Any, context: Any, rest: list[str]) -> tuple[str, dict[str, Any]]:
    name, command, arguments = group.resolve_command(context, rest)
    with command.make_context(name, list(arguments), parent=context) as inner:
        if not hasattr(command, "commands"):
            return name, dict(inner.params)
        words = [*inner._protected_args, *inner.args]
        if not words and command.invoke_without_command:
            return name, dict(inner.params)
        inner_name, given = _parsed(command, inner, words)
        return f"{name} {inner_name}", given


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_example_is_a_command_line_that_is_understood(name: str) -> None:
    lines = [shlex.split(line) for line in example_of(COMMANDS[name]).split("&&")]
    assert all(line[0] == "rebatch" for line in lines)
    assert name in {parse(line[1:])[0] for line in lines}


def test_a_command_line_with_a_mistake_is_not() -> None:
    with pytest.raises(Exception, match="No such option"):
        parse(["run", "--as-off", "2026-11-23"])


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_says_what_it_does_in_its_first_line(name: str) -> None:
    assert said_of(COMMANDS[name]).partition("\n")[0].strip()


def test_every_variable_of_ours_is_on_the_page() -> None:
    sources = [ROOT / "cli.py", *(ROOT / "pipelines").rglob("*.py")]
    read = {name for path in sources for name in re.findall(r"REBATCH_[A-Z_]+", path.read_text(encoding="utf-8"))}
    assert read == {name for name in ENVIRONMENT if name.startswith("REBATCH_")}
