"""The brand of a workspace, as it appears on every page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Brand:
    """The sender of a page; `colour` is #rrggbb, `logo` a data URI of a picture, or empty."""

    name: str
    colour: str = "#0b5d4e"
    address: tuple[str, ...] = ()
    contact: str = ""
    logo: str = ""
