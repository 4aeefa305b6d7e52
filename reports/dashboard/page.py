"""The page of a dashboard: one file with its data, its script and the code that draws; nothing is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.dashboard.words import words_of
from reports.page.colours import Palette
from reports.page.page import find_template, json_inside, policy_hash, read_resource

if TYPE_CHECKING:
    from reports.dashboard.packing import About
    from reports.page.brand import Brand

TEMPLATE = "dashboard.html.j2"


def dashboard_page(data: str, chart_code: str, brand: Brand, about: About) -> bytes:
    """Return the dashboard as HTML: the same bytes for the same data and code.

    data: JSON, see reports.dashboard.packing. chart_code: a classic script that defines vegaEmbed. The page's content
    security policy allows these two scripts by their hash, no evaluation of text, and no request at all.

    Raises:
        ValueError: the colour of the brand is none.
    """
    scripts = [_inside(chart_code), _inside(read_resource("dashboard.js"))]
    style = f":root{{{Palette(brand.colour).declarations}}}\n{read_resource('dashboard.css')}"
    return (
        find_template(TEMPLATE)
        .render(
            brand=brand,
            about=about,
            lang=about.language.tag,
            words=words_of(about.language),
            as_of=about.language.text("As of {day}", day=about.language.day(about.as_of)),
            style=Markup(style),  # noqa: S704 - our own text and checked colours
            data=json_inside(data),
            scripts=[Markup(script) for script in scripts],  # noqa: S704 - the code of this project and of a package
            hashes=[policy_hash(script) for script in scripts],
        )
        .encode()
    )


def _inside(script: str) -> str:
    """Return a script that does not end the element it stands in."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
