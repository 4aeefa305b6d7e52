"""A self-contained HTML page: a template with its style inside, no script, and nothing loaded from anywhere."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from reports.page.colours import Palette


def render_page(template: str, styles: tuple[str, ...], colour: str, **view: object) -> bytes:
    """Fill `template` with `view`, in the brand's `colour`: the same bytes for the same view.

    Everything in `view` is escaped. The page says by the hash of its style that no other is allowed.
    """
    style = _style(styles, colour)
    hashed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = find_template(template)
    return page.render(**view, style=Markup(style), style_hash=hashed).encode()  # noqa: S704  # our own text and checked colours


def find_template(name: str) -> Template:
    """Load a template; it is compiled once."""
    return _environment().get_template(name)


@cache
def _style(styles: tuple[str, ...], colour: str) -> str:
    return "\n".join([f":root{{{Palette(colour).declarations}}}", *map(_resource, styles)])


class _Views(Environment):
    """Looks a name up as the key it is: views are dictionaries, and most of a page is looking up."""

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - as Jinja has it
        """Give the value of a key, or else of an attribute."""
        return obj[attribute] if isinstance(obj, dict) and attribute in obj else super().getattr(obj, attribute)


@cache
def _environment() -> Environment:
    return _Views(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _resource(name: str) -> str:
    return resources.files("reports").joinpath("templates", name).read_text(encoding="utf-8")
