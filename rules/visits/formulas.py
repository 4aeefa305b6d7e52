"""Formulas of targets: sums, differences and products of numbers and figures of a member, such as `quantity_30d * 0.5`.

There is no division: what a formula says is exact, and rounded once where it is written down.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

PREVIOUS = "previous"
"""The figure of what was last measured of the same indicator, and product, at the member."""

LONGEST = 200
MOST_DAYS = 366
_WINDOW = re.compile(r"(quantity|revenue|orders)_([1-9][0-9]{0,2})d")
_DIGITS = 60
"""Digits in which formulas are worked out: more than any product of figures within LONGEST characters can need."""

_OPERATORS = (ast.Add, ast.Sub, ast.Mult)
_PARTS = (ast.Name, ast.Load, ast.BinOp, *_OPERATORS, ast.UnaryOp, ast.USub)
Number: TypeAlias = Decimal | None


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a formula, what to do, and after how many characters of it."""

    found: str
    todo: str
    after: int = 0


@dataclass(frozen=True)
class Window:
    """A figure of the member's sales: what is added up, and over how many days up to the plan."""

    name: str
    what: str
    days: int


@dataclass(frozen=True)
class Formula:
    """A formula as written, and the figures it names."""

    text: str
    names: tuple[str, ...]

    @property
    def windows(self) -> tuple[Window, ...]:
        """Return the figures of sales among its names."""
        return tuple(window for name in self.names if (window := window_of(name)) is not None)

    def value(self, figures: Mapping[str, Number]) -> Number:
        """Return what it says for a member's figures, exactly; None where one of them is not known."""
        if any(figures.get(name) is None for name in self.names):
            return None
        with localcontext() as context:
            context.prec = _DIGITS
            return self._value(_parsed(self.text), figures)

    def _value(self, node: ast.expr, figures: Mapping[str, Number]) -> Decimal:
        if isinstance(node, ast.Name):
            return figures[node.id] or Decimal(0)
        if isinstance(node, ast.UnaryOp):
            return -self._value(node.operand, figures)
        if isinstance(node, ast.BinOp):
            left, right = self._value(node.left, figures), self._value(node.right, figures)
            if isinstance(node.op, ast.Mult):
                return left * right
            return left + right if isinstance(node.op, ast.Add) else left - right
        # From the text: `ast` itself has made a float of a number with a point.
        return Decimal(ast.get_source_segment(self.text, node) or "0")


def window_of(name: str) -> Window | None:
    """Return the figure of sales of this name; None if there is none."""
    match = _WINDOW.fullmatch(name)
    return Window(name, match[1], int(match[2])) if match and int(match[2]) <= MOST_DAYS else None


def read_formula(text: str) -> Formula | Flaw:
    """Return the formula that `text` says, or what is wrong with it."""
    if len(text) > LONGEST:
        return Flaw(f"it has {len(text)} characters", f"write at most {LONGEST}")
    text = text.strip()
    try:
        root = _parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        after = (getattr(error, "offset", None) or 1) - 1
        return Flaw("it is no formula", "write numbers, figures, + - * and brackets", after)
    for node in ast.walk(root):
        if flaw := _flaw(node, text):
            return flaw
    names = sorted({node.id for node in ast.walk(root) if isinstance(node, ast.Name)})
    return Formula(text, tuple(names))


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _flaw(node: ast.AST, text: str) -> Flaw | None:
    """Return what is wrong with one node."""
    after = getattr(node, "col_offset", 0)
    if isinstance(node, ast.Name) and node.id != PREVIOUS and window_of(node.id) is None:
        todo = f"write {PREVIOUS}, or quantity_, revenue_ or orders_ and a number of days, such as quantity_90d"
        return Flaw(f"there is no figure {node.id!r}", todo, after)
    if isinstance(node, ast.Constant):
        written = (ast.get_source_segment(text, node) or "").replace(".", "", 1)
        is_plain = written.isascii() and written.isdecimal()
        return None if is_plain else Flaw(f"{node.value!r} is no plain number", "write digits and one point", after)
    if isinstance(node, ast.BinOp) and not isinstance(node.op, _OPERATORS):
        return Flaw("this is not reckoned with", "write + - or *; for a half, * 0.5", after)
    if not isinstance(node, _PARTS):
        return Flaw("this is not reckoned with", "write numbers, figures, + - * and brackets", after)
    return None
