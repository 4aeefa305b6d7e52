"""A self-contained HTML page: a template with its style, and its script if it has one, inside; nothing is loaded."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from reports.page.colours import Palette


def render_page(
    template: str,
    styles: tuple[str, ...],
    colour: str,
    *,
    script: str = "",
    footer: tuple[str, str] = ("", ""),
    **view: object,
) -> bytes:
    """Render `template` with `view`, in the brand's `colour`: the same bytes for the same view.

    Everything in `view` is escaped. The page's content security policy allows no other style than its own, by hash, and
    no script but `script`, a file among the templates. `footer`: what stands at the bottom of printed pages, left and
    right, where the template has a place for `own_style`; `{page}` and `{pages}` on the right are filled in.
    """
    style, code, paper = _style(styles, colour), read_resource(script) if script else "", _footer(*footer)
    own = {
        "style": Markup(style),  # noqa: S704 - our own text and checked colours
        "style_hash": policy_hash(style),
        "own_style": Markup(paper),  # noqa: S704 - every text is escaped
        "own_style_hash": policy_hash(paper),
        "script_text": Markup(code),  # noqa: S704 - our own text
        "script_hash": policy_hash(code) if code else "",
    }
    return find_template(template).render(**view, **own).encode()


def policy_hash(text: str) -> str:
    """Return the hash of a style or script as a content security policy names it."""
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()


def json_inside(text: str) -> Markup:
    """Return JSON as it may stand inside an element of a page: no text of the books can end the element."""
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 - escaped here


def _footer(left: str, right: str) -> str:
    """Return the rule of printed pages: what stands below them, every text escaped."""
    counted = re.split(r"\{(pages?)\}", right)
    parts = [f"counter({part})" if n % 2 else _css_text(part) for n, part in enumerate(counted) if part]
    dress = "font:8pt sans-serif;color:#55616d"
    return (
        f"@page{{@bottom-left{{content:{_css_text(left)};{dress}}}@bottom-right{{content:{' '.join(parts)};{dress}}}}}"
    )


def _css_text(text: str) -> str:
    """Return a text as a string of CSS in which all but letters and digits of ASCII is written as its number."""
    return '"' + re.sub(r"[^A-Za-z0-9]", lambda found: f"\\{ord(found[0]):06x}", text) + '"'


def find_template(name: str) -> Template:
    """Return a template; it is compiled once."""
    return _environment().get_template(name)


@cache
def _style(styles: tuple[str, ...], colour: str) -> str:
    return "\n".join([f":root{{{Palette(colour).declarations}}}", *map(read_resource, styles)])


class _Views(Environment):
    """An environment that looks a name up as a key first: views are dictionaries, and lookups take most of the time."""

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - as Jinja has it
        """Return the value of a key, or else of an attribute."""
        return obj[attribute] if type(obj) is dict and attribute in obj else super().getattr(obj, attribute)


@cache
def _environment() -> Environment:
    # StrictUndefined: a name missing in the view fails the run instead of leaving a gap on a statement.
    return _Views(
        loader=FunctionLoader(read_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def read_resource(name: str) -> str:
    """Return the text of a template or style sheet."""
    return resources.files("reports").joinpath("templates", name).read_text(encoding="utf-8")
