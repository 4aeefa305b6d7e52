"""Names: what the documents link to, name in backticks or tell the reader to type exists."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import typer
from reference_maker.commands import commands_of

import cli
from tests.docs.documents import CONSOLE, DOCUMENTS, ROOT, anchors, commands, in_backticks, links, name

if TYPE_CHECKING:
    from pathlib import Path

APP: Any = typer.main.get_command(cli.app)
COMMANDS: dict[str, Any] = APP.commands
HOUSE = {"pipelines", "rules", "reports", "schemas", "data", "docs", "tests", ".ci"}
PATH = re.compile(r"[\w.@-]+(/[\w.*@-]*)+|[\w-]+\.(py|toml)|[A-Z]+\.md|Makefile")
OPTION = re.compile(r"-[a-z]|--[a-z][a-z-]*")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=name)


@each_document
def test_every_link_and_anchor_resolves(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for link in links(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


@each_document
def test_every_path_of_the_repository_exists(document: Path) -> None:
    for path in in_backticks(document.read_text(encoding="utf-8")):
        if PATH.fullmatch(path) and ("/" not in path or path.split("/")[0] in HOUSE):
            assert list(ROOT.glob(path.rstrip("/"))), path


@each_document
def test_every_picture_exists_and_says_what_it_shows(document: Path) -> None:
    for source, said in re.findall(r'<img src="([^"]+)"(?: alt="([^"]*)")?', document.read_text(encoding="utf-8")):
        assert (document.parent / source).is_file(), source
        assert len(said) > len("a picture"), source


@each_document
def test_every_make_target_exists(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for code in in_backticks(document.read_text(encoding="utf-8")):
        if target := re.fullmatch(r"make ([a-z-]+)( [A-Z]+=\S+)*", code):
            assert f"\n{target[1]}:" in makefile, code


def _problem(words: list[str]) -> str | None:
    """Say what is wrong with `rebatch …`, or nothing; what is no option stands for itself."""
    command = APP
    at = iter(words)
    for word in at:
        option = word.partition("=")[0]
        known = {name for param in command.params for name in param.opts} | {"--help", "-h"}
        if OPTION.fullmatch(option) and option not in known:
            return f"{command.name or 'rebatch'} has no option {option}"
        if option in {"-w", "--workspace"}:
            next(at, None)
        elif command is APP and not option.startswith("-"):
            if word == "COMMAND":  # any of them
                return None
            if word not in COMMANDS:
                return f"there is no command {word}"
            command = COMMANDS[word]
        elif word == "[OPTIONS]":  # of a group that is a command itself
            continue
        elif not option.startswith("-") and hasattr(command, "commands"):
            if word not in command.commands:
                return f"there is no command {command.name} {word}"
            command = command.commands[word]
    return None


def _words(code: str) -> list[str] | None:
    """Return the words after `rebatch` of a command line, up to what the shell does with its output."""
    simple = re.split(r" [|>&]|\n|;", code.removeprefix("."), maxsplit=1)[0]
    words = shlex.split(simple)
    return words[1:] if words and words[0] == "rebatch" else None


@each_document
def test_every_command_exists_with_the_options_named(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    typed = [command for block in CONSOLE.finditer(text) for command in commands(block["body"])]
    for code in [*typed, *in_backticks(text)]:
        words = _words(code) if code.startswith("rebatch") else None
        if words is not None:
            assert _problem(words) is None, code


@each_document
def test_every_option_named_by_itself_exists(document: Path) -> None:
    every = (APP, *commands_of(APP).values())
    known = {option for command in every for param in command.params for option in param.opts}
    for code in in_backticks(document.read_text(encoding="utf-8")):
        option = code.split(" ")[0]
        assert not re.fullmatch(r"--[a-z][a-z-]+", option) or option in known | {"--help"}, code


def test_a_wrong_name_would_be_seen() -> None:
    assert _problem(["ruin"]) == "there is no command ruin"
    assert _problem(["-w", "acme", "run", "--as-off", "2026-11-23"]) == "run has no option --as-off"
    assert _problem(["-w", "acme", "run", "--as-of", "2026-11-23"]) is None
    assert _problem(["statements", "bake"]) == "there is no command statements bake"
    assert _problem(["statements", "make", "--sometimes"]) == "make has no option --sometimes"
    assert anchors("# One\n## Two `x`, three\n## One") == {"one", "two-x-three", "one-1"}


def test_the_changelog_says_whether_amounts_change() -> None:
    entries = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1:]
    assert entries
    assert all("**Amounts:**" in entry for entry in entries)
