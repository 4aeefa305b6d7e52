"""The settings of the partner site, `site.yaml`: its look, its menu, and pages of the workspace's own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.config_types import Part, PathInside, Text, Written
from schemas.workspace import Language

PageName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""The name of a page, which becomes the name of its file."""


class Theme(Part):
    """The look of the site where it is not that of the brand."""

    colour: Annotated[str, Written("# and six hexadecimal digits")] | None = Field(
        default=None,
        pattern=r"^#[0-9a-fA-F]{6}$",
        description="the colour of the site; that of the brand, unless said otherwise",
        examples=["#0b5d4e"],
    )


class SitePage(Part):
    """A page of your own."""

    title: dict[Language, Text] = Field(
        min_length=1, description="what the menu calls it, by language", examples=[{"en": "Help", "de": "Hilfe"}]
    )
    text: dict[Language, PathInside] = Field(
        min_length=1,
        description="the file with its text in Markdown, by language; a reader without one gets English, or any other",
        examples=[{"en": "pages/help.en.md"}],
    )


class SiteConfig(Part):
    """The partner site."""

    title: dict[Language, Text] = Field(
        default_factory=dict,
        description="what the site is called, by language; the name of the brand, unless said otherwise",
        examples=[{"en": "Partner portal", "ja": "パートナーポータル"}],
    )
    theme: Theme = Field(default_factory=Theme, description="its look", examples=[{"colour": "#0b5d4e"}])
    navigation: tuple[PageName, ...] | None = Field(
        default=None,
        description="the pages in the order of the menu: overview, programs, payouts, transactions, documents, terms, "
        "and those of your own; a page that is left out is not made",
        examples=[["overview", "programs", "payouts", "documents", "help"]],
    )
    pages: dict[PageName, SitePage] = Field(
        default_factory=dict,
        description="pages of your own, by name",
        examples=[{"help": {"title": {"en": "Help"}, "text": {"en": "pages/help.en.md"}}}],
    )
