"""The words of a mail: what is paid and when, in the payee's language, as text and as HTML that every program shows."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.page.colours import Palette
from reports.page.language import Language
from reports.page.page import find_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TEMPLATE = "mail.html.j2"


class Letter(NamedTuple):
    """What a mail says: its subject, its text, and the same as HTML."""

    subject: str
    text: str
    html: str


def letter(
    view: Mapping[str, Any], colour: str, *, attached: Sequence[str] = (), left_out: Sequence[str] = ()
) -> Letter:
    """Return the mail of a statement's view (see reports.statement.view), in the brand's `colour`.

    attached, left_out: the files that the statement names and that go with it, or are too large to.
    """
    words = _words(view["lang"]) | {"attached": " ".join(_said_of_files(view["lang"], attached, left_out))}
    subject = _on_one_line(f"{view['brand']['name']}: {view['title']} {view['period']}")
    # Without a style sheet: mail programs drop it, or what it says of layout.
    html = find_template(TEMPLATE).render(s=view, words=words, colours=Palette(colour).colours)
    return Letter(subject, _text(view, words), html)


def _text(view: Mapping[str, Any], words: Mapping[str, str]) -> str:
    labels, brand = view["labels"], view["brand"]
    paid = [
        [f"{labels['payable']}: {payout['amount']} {payout['currency']}", payout["when"], payout["reference"]]
        for payout in view["payouts"]
    ] or [[labels["nothing"]]]
    contact = [f"{labels['questions']} {brand['contact']}"] if brand["contact"] else []
    parts = [
        [f"{view['title']} {view['period']}", f"{view['payee']['name']} ({view['payee']['id']})", view["as_of"]],
        *paid,
        [words["attached"]],
        [*contact, words["written"]],
        [brand["name"], *brand["address"]],
    ]
    return "\n\n".join("\n".join(map(_on_one_line, part)) for part in parts) + "\n"


def _on_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@cache
def _words(tag: str) -> dict[str, str]:
    return {"written": Language(tag, {}).text("This mail was written by a program.")}


def _said_of_files(tag: str, attached: Sequence[str], left_out: Sequence[str]) -> Iterator[str]:
    words = Language(tag, {}).text
    yield words("The statement is attached as PDF: what the amount is made of, and where you stand.")
    if attached:
        yield words("The files that it names are attached, too: {files}.", files=", ".join(attached))
    if left_out:
        yield words("Too large for a mail, so please ask us for it: {files}.", files=", ".join(left_out))
