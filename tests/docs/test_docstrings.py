"""Docstrings: one that describes a function which returns begins with "Return", or with the verb of its effect."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(cli.__file__).parent
PLACES = ("cli.py", "pipelines", "reports", "rules", "schemas")
"""Where the rule is kept: a module, or a package with all its rooms."""

EFFECTS = frozenset({
    "Adjust", "Aggregate", "Approve", "Ask", "Attach", "Check", "Compile", "Copy", "Create", "Draft", "Explain",
    "Export", "Extract", "Hold", "Load", "Migrate", "Open", "Parse", "Post", "Publish", "Rate", "Read", "Record",
    "Refuse", "Register", "Reject", "Render", "Replay", "Restore", "Round", "Run", "Send", "Settle", "Stage", "Start",
    "Validate", "Verify", "Write", "Yield",
})  # fmt: skip
"""Verbs of functions whose point is an effect, even if they return something too."""

FREE = frozenset({"contextmanager", "contextlib.contextmanager"})


def _modules() -> list[Path]:
    found = [path for place in PLACES for path in (ROOT / place, *(ROOT / place).rglob("*.py"))]
    return sorted(path for path in found if path.suffix == ".py")


def _own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes of `function` without those of the functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _returns(function: ast.FunctionDef) -> bool:
    """Return whether `function` gives back a value: neither None nor a context, nor one value after the other."""
    is_value = function.returns is not None and ast.unparse(function.returns) not in {"None", "Never", "NoReturn"}
    is_generator = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own_nodes(function))
    return is_value and not is_generator and not FREE & {ast.unparse(each) for each in function.decorator_list}


def _faults(source: str) -> Iterator[str]:
    # Who needs a docstring at all is the linter's business.
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and _returns(node):
            docstring = ast.get_docstring(node)
            if docstring is not None and docstring.split(maxsplit=1)[0] not in {"Return", *EFFECTS}:
                yield f"line {node.lineno}: {node.name} begins with {docstring.split(maxsplit=1)[0]!r}"


@pytest.mark.parametrize("module", _modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_returns_says_return(module: Path) -> None:
    assert list(_faults(module.read_text(encoding="utf-8"))) == []


def test_every_place_is_there() -> None:
    assert all((ROOT / place).exists() for place in PLACES)


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('def total() -> int:\n    """Give the sum."""\n', "line 1: total begins with 'Give'"),
        ('def total() -> int:\n    """Returns the sum."""\n', "line 1: total begins with 'Returns'"),
        ('@property\ndef total(self) -> int:\n    """The sum."""\n', "line 2: total begins with 'The'"),
    ],
)
def test_a_docstring_that_does_not_say_so_is_found(source: str, fault: str) -> None:
    assert list(_faults(source)) == [fault]


@pytest.mark.parametrize(
    "source",
    [
        'def total() -> int:\n    """Return the sum."""\n',
        'def save() -> int:\n    """Write the sum; returns its size."""\n',
        'def save() -> None:\n    """Put the sum into a file."""\n',
        'def each() -> Iterator[int]:\n    """Number the rows."""\n    yield 1\n',
        '@contextmanager\ndef held() -> Iterator[None]:\n    """Keep others out."""\n    yield\n',
        "def _total() -> int:\n    return 1\n",
    ],
)
def test_what_acts_and_what_is_private_is_free(source: str) -> None:
    assert list(_faults(source)) == []
