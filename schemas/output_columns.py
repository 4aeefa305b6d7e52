"""Columns of the files that come out: how each is written, what it means, and an example."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["text", "day", "money", "figure", "whole", "list", "mapping"]
"""How a value is written: `money` with the decimals of its currency, `figure` with those it needs.

The last two are of JSON: a list of objects, and names with texts.
"""


class OutputColumn(NamedTuple):
    """A column of a file, or a key of JSON, as those who read it need to know it."""

    kind: Kind
    meaning: str
    example: str
