"""Every command under every fault of the machine: each ends by itself, in time, with a sentence and an exit code.

Run as a program in a process of its own, each case in a child of it: with the books, how many cases apart, the first.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import shlex
import shutil
import signal
import sys
import tempfile
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.console.exit_codes import exit_codes
from tests.faults.forked import Ended, import_everything, in_child
from tests.faults.machine_faults import ALL, FAULTS, IN_PROCESS, Fault, words_with

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 60
FEW = 10
HERE = {
    "D-0001": "D-001",
    "dealer-revenue": "volume-bonus-2026",
    "2026-Q1": "2026-Q3",
    "2026-10-31": "2026-11-23",
    "rules/programs/dealer-revenue.yaml": "rules/volume-bonus-2026.yaml",
    "/backups/acme-2026-11-23.tar": "saved.tar",
}
"""What the examples of the commands name, and what is called so in the workspace that is walked."""
VALUES = "rebate,member_id,qualifier,measure\nquarterly-volume,D-001,,5000\n"
ANSWERS = "payout_id,status,amount,currency,paid_on\n2026-11-USD-000000000000,paid,1.00,USD,2026-11-30\n"
TOLD = ("error: ", "Error ", "Usage: ", "Aborted.")


class Case(NamedTuple):
    """A command line under a fault; `paths` are the files that it names."""

    command: str
    words: list[str]
    fault: Fault


class Line(NamedTuple):
    """The example of a command, and the files and other texts that it names."""

    words: list[str]
    paths: list[str]
    texts: list[str]


def command_lines() -> dict[str, Line]:
    """Return for each command of the command line its example."""
    import typer

    cli = importlib.import_module("cli")
    group: Any = typer.main.get_command(cli.app)
    found = {}
    for name, command in sorted(_commands(group)):
        own = name.split()
        example = command.help.partition("Example:")[2].strip()
        lines = [shlex.split(line)[1:] for line in example.split("&&")]
        line = next(line[line.index(own[0]) :] for line in lines if own[0] in line)
        words = [HERE.get(word, word) for word in line]
        options = {option for each in command.params for option in each.opts}
        words += [flag for flag in ("--yes", "--overwrite") if flag in options and flag not in words]
        with command.make_context(name, words[len(own) :]) as context:
            values = context.params.values()
        given = [each for value in values for each in (value if isinstance(value, list | tuple) else [value])]
        paths = [str(each) for each in given if isinstance(each, Path)]
        found[name] = Line(words, paths, [each for each in given if isinstance(each, str) and each in words])
    return found


def _commands(group: Any) -> Iterator[tuple[str, Any]]:
    """Give every command by its words, those of a group such as `statements make` too."""
    for name, command in group.commands.items():
        is_group = hasattr(command, "commands")
        if not is_group or command.invoke_without_command:
            yield name, command
        if is_group:
            yield from ((f"{name} {inner}", each) for inner, each in _commands(command))


def cases(every: int, first: int) -> Iterator[Case]:
    """Give every so many of all commands under all faults, from the `first` on; with few, also the output of each.

    Each command comes without any fault too, which must not stop it.
    """
    turn = count()
    for command, line in command_lines().items():
        for fault in FAULTS:
            is_output = fault.name == "the output is full" and every > FEW
            if next(turn) % every == first or is_output:
                yield from (Case(command, words, fault) for words in words_with(fault, *line))


def give(case: Case, root: Path) -> None:
    """Give the command in the folder of the workspace, as a person would, under the fault."""
    cli = importlib.import_module("cli")
    case.fault.plant(root)
    os.chdir(root)
    os.environ["REBATCH_WORKSPACE"] = "."
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stand_in_for_the_servers()
    case.fault.process()
    sys.argv = ["rebatch", *case.words]
    cli.command()


def stand_in_for_the_servers() -> None:
    """Let `serve` and `site --serve` end where they would begin to wait; real ones have tests of their own."""
    from pipelines import serving
    from pipelines.site import serve

    serving.serve = lambda root, *_, **__: serving._say(f"serving {root.name}")
    serve.serve_folder = lambda folder, *_: serving._say(f"serving {folder.name}")


def flaw(case: Case, ended: Ended) -> str | None:
    """Return what is wrong with how a command ended; None if nothing is."""
    if ended.code == -signal.SIGALRM:
        return "it waits"
    if ended.code not in exit_codes():
        return f"it ended with {ended.code}"
    if "Traceback" in ended.printed:
        return "a traceback"
    if ended.code == 0 and (case.fault.stops == ALL or case.command in case.fault.stops.split()):
        return "it went on"
    is_told = any(sign in ended.printed for sign in TOLD) or ended.code in {4, 6, 7}
    is_deaf = case.fault in IN_PROCESS and case.fault.name == "nobody reads the output"
    if ended.code and not is_told and not is_deaf:
        return "it says nothing"
    return None


def walk(books: Path, every: int, first: int, made: Path) -> Iterator[tuple[Case, Ended]]:
    """Give each of the cases in a copy of the workspace of its own."""
    for case in cases(every, first):
        home = Path(tempfile.mkdtemp(dir=made))
        root = home / "workspace"
        shutil.copytree(books, root, symlinks=True)
        (root / "values.csv").write_text(VALUES, encoding="utf-8")
        (root / "answers.csv").write_text(ANSWERS, encoding="utf-8")
        if case.command != "backup":
            shutil.copy(books / "kept.tar", root / "saved.tar")
        yield case, in_child(partial(give, case, root), home / "printed")
        shutil.rmtree(home)


def main() -> None:
    """Walk, and print what was found as JSON."""
    books, every, first = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    import_everything()
    walked, flaws = 0, []
    with tempfile.TemporaryDirectory() as made:
        for case, ended in walk(books, every, first, Path(made)):
            walked += 1
            if wrong := flaw(case, ended):
                flaws.append((case.command, case.words, case.fault.name, wrong, ended.code, ended.printed[-600:]))
                sys.stderr.write(f"{flaws[-1]}\n")
    json.dump({"walked": walked, "flaws": flaws}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
