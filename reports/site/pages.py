"""The pages of one payee: each whole in itself, so that it works from a disk as from any web server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reports.page.language import Language
from reports.page.page import json_inside, render_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.site.folder import Folder, Frame

STYLES = ("statement.css", "site.css")
HOME = "overview"
SEARCH = "site.js"
"""The script of the page with transactions: it searches and filters what stands in the page."""


def payee_pages(folder: Folder, frame: Frame) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every page of a payee, those of the workspace's own included."""
    language = Language(folder.view["lang"], {})
    titles, head = page_titles(language, frame), head_view(frame, language)
    for name, title in titles.items():
        menu = [{"title": each, "path": page_file(other), "is_here": other == name} for other, each in titles.items()]
        view = {**head, "title": title, "menu": menu, "reader": folder.view["payee"]["name"]}
        if name in frame.own_pages:
            text = language.choose(frame.own_pages[name].texts, "")
            yield page_file(name), _rendered("text", frame, view | {"text": text})
        else:
            yield page_file(name), _rendered(name, frame, view | _VIEWS[name](folder, language))


def page_file(name: str) -> str:
    """Return the file of a page; the first is what a web server shows of a folder."""
    return "index.html" if name == HOME else f"{name}.html"


def page_titles(language: Language, frame: Frame) -> dict[str, str]:
    """Return the title of every page of the menu."""
    words = language.text
    known = {
        "overview": words("Overview"),
        "programs": words("Programs and progress"),
        "payouts": words("Payouts"),
        "transactions": words("Transactions"),
        "documents": words("Documents"),
        "terms": words("Terms"),
    }
    own = {name: language.choose(page.titles, name) for name, page in frame.own_pages.items()}
    return {name: (known | own)[name] for name in frame.menu}


def head_view(frame: Frame, language: Language) -> dict[str, Any]:
    """Return what every page of the site has at its head and foot; without a menu and a reader."""
    return {
        "lang": language.tag,
        "site": language.choose(frame.titles, frame.brand.name),
        "brand": frame.brand,
        "reader": "",
        "menu": (),
        "words": {
            "skip": language.text("To the content"),
            "menu": language.text("Pages"),
            "questions": language.text("Questions about this statement:"),
        },
    }


def _rendered(kind: str, frame: Frame, view: dict[str, Any]) -> bytes:
    script = SEARCH if kind == "transactions" else ""
    return render_page(f"site_{kind}.html.j2", STYLES, frame.brand.colour, script=script, **view)


def _of_statement(folder: Folder, _: Language) -> dict[str, Any]:
    return {
        "s": folder.view,
        "earned_at": page_file("programs"),
        "files_at": folder.files_at,
        "statements_at": folder.statements_at,
    }


def _payouts(folder: Folder, language: Language) -> dict[str, Any]:
    words = language.text
    return {
        "rows": folder.payouts,
        "headings": [words("Period"), words("Payout"), words("State")],
        "amounts": [words("Calculated"), words("Adjusted"), words("Payout"), words("Paid")],
        "nothing": words("There is no payout yet."),
        "note": words("What was carried over from earlier months is in the payout, and not in what was calculated."),
    }


def _transactions(folder: Folder, language: Language) -> dict[str, Any]:
    words, purchases = language.text, folder.purchases
    shown = len(purchases.rows)
    headings = [
        words("Date"), words("Transaction"), words("Partner"), words("Product"), words("Type"), words("Quantity"),
        words("Amount"),
    ]  # fmt: skip
    return {
        "headings": headings,
        "since": words("From {day} on.", day=purchases.since),
        "search": words("Search"),
        "type": words("Type"),
        "month": words("Month"),
        "all": words("All"),
        "more": words("Show more"),
        "found": words("Found: {count}", count="{count}"),
        "save": words("Save what was found"),
        "file": purchases.path,
        "file_label": words("All {count} transactions are in the file", count=language.count(purchases.count)),
        "cut": words("The page has the newest {count}.", count=language.count(shown))
        if shown < purchases.count
        else "",
        "no_script": words("Searching needs JavaScript; the file has everything."),
        "rows": json_inside(json.dumps(purchases.rows, ensure_ascii=False, separators=(",", ":"))),
    }


def _documents(folder: Folder, language: Language) -> dict[str, Any]:
    return {"documents": folder.documents, "nothing": language.text("There is no document yet.")}


def _terms(folder: Folder, language: Language) -> dict[str, Any]:
    return {"documents": folder.terms, "nothing": language.text("There are no terms to show.")}


_VIEWS = {
    "overview": _of_statement,
    "programs": _of_statement,
    "payouts": _payouts,
    "transactions": _transactions,
    "documents": _documents,
    "terms": _terms,
}
