"""The pages that lead to others: of a parent over its children, of sales without money, and of staff over everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.page.language import Language
from reports.page.page import render_page
from reports.site.pages import STYLES, head_view

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.site.folder import FileLink, Frame

LIST = "site_list.html.j2"
PROGRESS = "site_progress.html.j2"


@dataclass(frozen=True)
class Entry:
    """A line of a list: the page it leads to, the id and name of whom it is about, and facts in words."""

    path: str
    id: str
    name: str
    facts: Sequence[str] = ()


def titles_of_lists(language: Language) -> dict[str, str]:
    """Return the titles of the lists for staff and for sales."""
    return {"staff": language.text("All partners"), "sales": language.text("Progress of all partners")}


def document_label(month: str, language: Language, *, is_page: bool) -> str:
    """Return what a statement is called among the documents; `month`: 2026-11."""
    written = language.month(month)
    if is_page:
        return language.text("Statement of {month}", month=written)
    return language.text("Statement of {month} as PDF", month=written)


def list_page(
    title: str, entries: Sequence[Entry], frame: Frame, language: Language, *, links: Sequence[FileLink] = ()
) -> bytes:
    """Return a page that leads to other pages, with a field that narrows the list; `links` stand above it."""
    view = {
        **head_view(frame, language),
        "title": title,
        "entries": entries,
        "links": links,
        "search": language.text("Search"),
        "nothing": language.text("There is nobody here yet."),
    }
    return render_page(LIST, STYLES, frame.brand.colour, script="site_list.js", **view)


def progress_page(view: Mapping[str, Any], frame: Frame, home: str) -> bytes:
    """Return how far a payee is with each open rebate, and its visits, without any money.

    `home` is the page with all payees.
    """
    language = Language(view["lang"], {})
    shown = {
        **head_view(frame, language),
        "title": view["payee"]["name"],
        "id": view["payee"]["id"],
        "home": home,
        "back": language.text("All partners"),
        "nothing": language.text("No period is running."),
        "s": {"visits": view["visits"], "labels": view["labels"]},
        "programs": [program for each in view["programs"] if (program := _progress(each, language))["rebates"]],
    }
    return render_page(PROGRESS, STYLES, frame.brand.colour, script="", **shown)


def _progress(program: Mapping[str, Any], language: Language) -> dict[str, Any]:
    return {"title": program["title"], "rebates": list(_open_rebates(program, language))}


def _open_rebates(program: Mapping[str, Any], language: Language) -> Iterator[dict[str, Any]]:
    """Yield where each open position stands, by the names of its tiers: bounds and payments may be money."""
    for rebate in program["rebates"]:
        for position in rebate["positions"]:
            if position["is_open"]:
                steps = position["ladder"]["steps"]
                here, ahead = (next((step.name for step in steps if step.state == at), "") for at in ("here", "next"))
                yield {
                    "title": rebate["title"],
                    "member": position["member"],
                    "period": position["period"],
                    "dates": position["dates"],
                    "tier": here or language.text("Below the first tier"),
                    "next": language.text("Next: {tier}", tier=ahead) if ahead else language.text("The last tier"),
                    "along": position["ladder"]["bar"]["width"] // 10,
                }
