"""The brand of a workspace, as it appears on every page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Brand:
    """The sender of a statement; `colour` is #rrggbb."""

    name: str
    colour: str = "#0b5d4e"
    address: tuple[str, ...] = ()
    contact: str = ""
