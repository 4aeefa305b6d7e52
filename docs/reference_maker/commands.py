"""The page of the commands, from the command line itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import typer

import cli
from reference_maker.markdown import code, codes, page, table

if TYPE_CHECKING:
    from collections.abc import Iterator

Command: TypeAlias = Any
"""A command or parameter as typer builds it; it carries click within itself and exports no types of it."""

INTRODUCTION = """\
`rebatch COMMAND --help` says the same in the terminal. What a command prints goes to standard output, what is wrong to
standard error, and it ends with one of the [exit codes](exit-codes.md).
"""

ENVIRONMENT = {
    "REBATCH_WORKSPACE": "the workspace, where `--workspace` names none",
    "REBATCH_USER": "who gives a command, where `--by` names nobody; else the user of the system",
    "PREFECT_API_URL": "the Prefect server that `run --prefect` and `serve` use; else they start one of their own",
    "REBATCH_SMTP_PASSWORD": "the password of `user` under `mail:`, which stands in no file",
    "NO_COLOR": "set to anything: no colours in the terminal",
}


def commands_page() -> str:
    """Return the page: the options of all commands, then every command in alphabetical order, then the environment."""
    group = group_of()
    contents = table(
        ("command", "what it does"),
        (
            (f"[{name}](#{name.replace(' ', '-')})", said_of(command).partition("\n")[0])
            for name, command in sorted(commands_of(group).items())
        ),
    )
    return page(
        "Commands",
        "the command line",
        INTRODUCTION,
        contents,
        "## Options of every command\n\nThey stand before the command.",
        _options(group),
        *(_section(name, command) for name, command in sorted(commands_of(group).items())),
        "## Environment",
        table(("variable", "meaning"), ((code(name), meaning) for name, meaning in ENVIRONMENT.items())),
    )


def group_of() -> Command:
    """Return the command line as typer builds it."""
    return typer.main.get_command(cli.app)


def commands_of(group: Command, before: str = "") -> dict[str, Command]:
    """Return every command by its words: `run`, of a group of commands `statements make`, and `site`, which is both."""
    found: dict[str, Command] = {}
    for name, command in group.commands.items():
        words = f"{before}{name}"
        is_group = hasattr(command, "commands")
        if not is_group or command.invoke_without_command:
            found[words] = command
        if is_group:
            found |= commands_of(command, f"{words} ")
    return found


def said_of(command: Command) -> str:
    """Return what a command says of itself, without its example."""
    said: str = command.help
    return said.partition("Example:")[0].strip()


def example_of(command: Command) -> str:
    """Return the example of a command."""
    said: str = command.help
    return said.partition("Example:")[2].strip()


def _section(name: str, command: Command) -> str:
    usage = " ".join(["rebatch", name, *_usage(command)])
    parts = [f"## {name}", said_of(command), f"Usage: {code(usage)}", f"Example: {code(example_of(command))}"]
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    if arguments:
        rows = ((code(_metavar(each)), each.help, _default(each)) for each in arguments)
        parts.append(table(("argument", "meaning", "without it"), rows))
    if len(arguments) < len(command.params):
        parts.append(_options(command))
    return "\n\n".join(parts)


def _options(command: Command) -> str:
    options = (each for each in command.params if each.param_type_name == "option")
    return table(
        ("option", "meaning", "without it"), ((_spelling(each), _meaning(each), _default(each)) for each in options)
    )


def _usage(command: Command) -> Iterator[str]:
    """Write the arguments, and the options that must be given, as the usage line has them."""
    for each in command.params:
        if each.param_type_name == "argument":
            name = _metavar(each)
            yield name if each.required or name.startswith("[") else f"[{name}]"
        elif each.required:
            yield f"{each.opts[0]} {_metavar(each)}"
    yield "[OPTIONS]"


def _metavar(parameter: Command) -> str:
    if parameter.metavar:
        return str(parameter.metavar)
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper()
    return "NUMBER" if isinstance(parameter.default, int | float) else "TEXT"


def _spelling(option: Command) -> str:
    return codes(option.opts if option.is_flag else [f"{name} {_metavar(option)}" for name in option.opts])


def _meaning(option: Command) -> str:
    return f"{option.help} May be given several times." if option.multiple else str(option.help)


def _default(parameter: Command) -> str:
    if parameter.required:
        return "*required*"
    if parameter.envvar:
        return f"what {code(parameter.envvar)} says"
    return "" if parameter.default in (None, False, "") else code(str(parameter.default))
