"""YAML as people write it: plain values, each with its line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from rules.language.yaml_nodes import compose, is_untagged
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

Path: TypeAlias = tuple[str | int, ...]
"""The position of a value in the tree: keys and list positions from the top."""

Position: TypeAlias = tuple[int, int]
"""Line and column, counted from 1."""

_TAG = "tag:yaml.org,2002:"
_KINDS = frozenset({"map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge"})
_INDENTS = re.compile(r"^([ \t]*)[^ \t\r\n]", re.MULTILINE)
_BRACKETS = re.compile(r"[\[\]{}]")
# Lists and keys nested on one line, such as "- - - -", which nest without any bracket.
_DASHES = re.compile(r"(?:[-?:][ \t]+){60}")
# Far more than any rule file needs, and far less than what overflows a stack, be it of C or of Python.
_DEEPEST = 60
_LONGEST = 2_000_000
"""Characters of the longest text: a list of a hundred thousand ids has fewer."""
_WORDS: Mapping[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
# A number with more digits is none of ours, and Python refuses to read one of thousands.
_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,29}")
_PLAIN_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_PLAIN_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass
class Marked:
    """A YAML text as plain values, with the place of every key and value.

    `value` consists of dict, list, str, int, Decimal, date, bool and None. A scalar becomes a number, date or bool
    only if writing it back gives the same text (so 007, 1_000, 1e3 and .nan stay text, and `NO` is Norway).
    `problems` lists what is wrong with the text itself; the caller raises them together with its own.
    """

    file: str
    value: object = None
    problems: list[Problem] = field(default_factory=list)
    values: dict[Path, Position] = field(default_factory=dict)
    keys: dict[Path, Position] = field(default_factory=dict)

    def problem_at(self, path: Path, found: str, todo: str, *, at_key: bool = False) -> Problem:
        """Return a problem at the value (or the key) at `path`, or at the nearest enclosing value."""
        while path and path not in self.values and not (at_key and path in self.keys):
            path = path[:-1]
        line, column = (at_key and self.keys.get(path)) or self.values.get(path, (0, 0))
        return Problem(found, todo, at=Place(self.file, line, column))

    def at(self, path: Path) -> object:
        """Return the value at `path`, None where there is none."""
        value = self.value
        for step in path:
            try:
                value = value[step]  # type: ignore[index]
            # The author may have written a list or a text where the path expects a mapping.
            except (KeyError, IndexError, TypeError):
                return None
        return value


def parse_yaml(text: str, file: str) -> Marked:
    """Return one YAML document as values; what is wrong with it is in the result's `problems`.

    A run reads each rule file several times, and once more as the wording that its books keep: the same text is parsed
    once, whatever its file is called, so the values must not be changed. Aliases, tags, duplicate keys and keys that
    are not text are refused.
    """
    parsed = _parsed(text)
    return replace(parsed, file=file, problems=[problem.in_file(file) for problem in parsed.problems])


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Marked:
    """Return one YAML document as values, of a file without a name."""
    marked = Marked("")
    if len(text) > _LONGEST:
        found, todo = f"this has more than {_LONGEST:,} characters", "write it in several files"
        marked.problems.append(Problem(found, todo))
        return marked
    if _is_too_deep(text):
        marked.problems.append(Problem("this is nested too deeply", "write it in a simpler form"))
        return marked
    try:
        # Composed, not loaded: nodes still know their places and their text, so 0.10 is not read as a float.
        root = compose(text)
    except YAMLError as error:
        marked.problems.append(_explain(error, text))
        return marked
    marked.value = _Reader(marked).read(root, ()) if root else None
    if marked.value is None and not marked.problems:
        marked.problems.append(Problem("the file is empty", "write it, or remove the file"))
    return marked


def _is_too_deep(text: str) -> bool:
    """Return whether brackets or lines nest deeper than the parser can handle, which is recursive and would crash."""
    depth = deepest = 0
    for bracket in _BRACKETS.finditer(text) if text.count("[") + text.count("{") > _DEEPEST else ():
        depth += 1 if bracket[0] in "[{" else -1
        deepest = max(deepest, depth)
    # Each level takes a character of the line: shorter ones, which most are, need no look.
    long = [line for line in text.split("\n") if len(line) >= _DEEPEST]
    is_indented = any(not line[:_DEEPEST].strip(" \t") for line in long)
    if is_indented:
        deepest = max(deepest, _deepest_line(text))
    return deepest > _DEEPEST or any(map(_DASHES.search, long))


def _deepest_line(text: str) -> int:
    """Return how many lines with ever more indentation stand above the deepest one, or no less."""
    indents = [len(indent) for indent in _INDENTS.findall(text)]
    above: list[int] = []
    deepest = 0
    for indent in indents:
        while above and above[-1] >= indent:
            above.pop()
        above.append(indent)
        deepest = max(deepest, len(above))
    return deepest


def _explain(error: YAMLError, text: str) -> Problem:
    """Return the problem of a text that is not YAML, placed by the slower parser, which is more precise."""
    try:
        YAML(typ="safe", pure=True).compose(text)
    except YAMLError as closer:
        error = closer
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        found = f"the character U+{error.character:04X} is not allowed in YAML"
        return Problem(found, "remove it", at=Place(line=line, column=column))
    mark, what = None, "it cannot be read"
    if isinstance(error, MarkedYAMLError):
        mark, what = error.problem_mark or error.context_mark, error.problem or error.context or what
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return Problem(
        f"this is not YAML: {what}", "mend the brackets, quotes or indentation here", at=Place(line=line, column=column)
    )


class _Reader:
    """Turns composed nodes into values and records their places."""

    def __init__(self, marked: Marked) -> None:
        self._marked = marked
        self._seen: set[int] = set()

    def read(self, node: Node, path: Path) -> object:
        self._marked.values[path] = _place(node)
        if id(node) in self._seen:
            self._marked.values[path] = self._marked.keys.get(path, _place(node))
            self._refuse(path, "an alias (*name) repeats another part of the file", "write that part out again")
            return None
        self._seen.add(id(node))
        if not is_untagged(node):
            self._check(node, path)
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        return [self.read(item, (*path, position)) for position, item in enumerate(node.value)]

    def _scalar(self, node: ScalarNode, path: Path) -> object:
        """Return the value of a scalar; a quoted one is always text."""
        text = str(node.value)
        if node.style:
            return text
        if not text and path in self._marked.keys:  # an empty value has no place of its own: its key has
            self._marked.values[path] = self._marked.keys[path]
        return plain_value(text)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, object]:
        result: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._marked.values[*path, "?"] = _place(key_node)
                self._refuse((*path, "?"), "a list or mapping stands where a key belongs", "write a word as the key")
                continue
            key = key_node.value
            inside = (*path, key)
            if key in result:
                self._marked.values[inside] = _place(key_node)
                self._refuse(inside, f"the key {key!r} is given twice", "keep one of the two")
                continue
            self._marked.keys[inside] = _place(key_node)
            result[key] = self.read(value_node, inside)
        return result

    def _check(self, node: Node, path: Path) -> None:
        tag = str(node.tag)
        if tag.removeprefix(_TAG) not in _KINDS:
            self._refuse(path, f"the tag {tag} is not understood", "remove it")

    def _refuse(self, path: Path, found: str, todo: str) -> None:
        self._marked.problems.append(self._marked.problem_at(path, found, todo))


def plain_value(text: str) -> object:
    """Return the value of an unquoted scalar: only what writes back to the same text is more than text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-0123456789":  # the usual case
        return text
    if _PLAIN_INTEGER.fullmatch(text):
        return int(text)
    if _PLAIN_DECIMAL.fullmatch(text):
        return Decimal(text)
    if _PLAIN_DATE.fullmatch(text):
        return _date(text)
    return text


def written(value: object) -> str:
    """Return a scalar as it was written in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _date(text: str) -> object:
    """Return a date, or the text if there is no such day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text  # 2026-02-30 stays text: the field that requires a date reports it


def _place(node: Node) -> Position:
    mark = node.start_mark
    return mark.line + 1, mark.column + 1
