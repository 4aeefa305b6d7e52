"""The pages of one payee: each whole in itself, so that it works from a disk as from any web server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from reports.page.language import Language
from reports.page.page import render_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.site.folder import Folder, Frame

STYLES = ("statement.css", "site.css")
HOME = "overview"
SEARCH = "site.js"
"""The script of the page with transactions: it searches and filters what stands in the page."""


def payee_pages(folder: Folder, frame: Frame) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every page of a payee, those of the workspace's own included."""
    language = Language(folder.view["lang"], {})
    for name in frame.menu:
        view = _shared(name, language, frame, folder.view["payee"]["name"])
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


def _shared(name: str, language: Language, frame: Frame, reader: str) -> dict[str, Any]:
    titles = page_titles(language, frame)
    return {
        "lang": language.tag,
        "site": language.choose(frame.titles, frame.brand.name),
        "brand": frame.brand,
        "reader": reader,
        "title": titles[name],
        "menu": [{"title": title, "path": page_file(each), "is_here": each == name} for each, title in titles.items()],
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
    return {"s": folder.view, "earned_at": page_file("programs"), "files_at": folder.files_at}


def _payouts(folder: Folder, language: Language) -> dict[str, Any]:
    words = language.text
    headings = [words("Period"), words("Payout"), words("State")]
    amounts = [words("Calculated"), words("Adjusted"), words("Paid")]
    note = words("What was carried over from earlier months is in the payout, and not in what was calculated.")
    return {
        "rows": folder.payouts,
        "headings": headings,
        "amounts": [*amounts[:2], words("Payout"), amounts[2]],
        "none": words("There is no payout yet."),
        "note": note,
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
        "file_label": words("All {count} transactions are in the file", count=f"{purchases.count:,}"),
        "cut": words("The page has the newest {count}.", count=f"{shown:,}") if shown < purchases.count else "",
        "no_script": words("Searching needs JavaScript; the file has everything."),
        "rows": _data(purchases.rows),
    }


def _documents(folder: Folder, language: Language) -> dict[str, Any]:
    return {"documents": folder.documents, "none": language.text("There is no document yet.")}


def _terms(folder: Folder, language: Language) -> dict[str, Any]:
    return {"documents": folder.terms, "none": language.text("There are no terms to show.")}


def _data(rows: Sequence[Sequence[str]]) -> Markup:
    """Return rows as JSON inside a page: nothing in them can end the element that they stand in."""
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 - escaped here


_VIEWS = {
    "overview": _of_statement,
    "programs": _of_statement,
    "payouts": _payouts,
    "transactions": _transactions,
    "documents": _documents,
    "terms": _terms,
}
