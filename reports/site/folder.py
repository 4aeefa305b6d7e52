"""What a folder of the site is made of: the view of a statement, and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from reports.agreement.agreement import Document
    from reports.page.brand import Brand

PAGES = ("overview", "programs", "payouts", "transactions", "documents", "terms")
"""The pages that every payee has, in the order of the menu unless the site says otherwise."""


@dataclass(frozen=True)
class OwnPage:
    """A page of the workspace's own: its titles and texts by language; the texts are HTML made of its Markdown."""

    name: str
    titles: Mapping[str, str]
    texts: Mapping[str, Markup]


@dataclass(frozen=True)
class Frame:
    """What all pages of the site share: sender, colour, its titles by language, the menu, and the pages of its own."""

    brand: Brand
    titles: Mapping[str, str]
    menu: Sequence[str]
    own_pages: Mapping[str, OwnPage]


@dataclass(frozen=True)
class FileLink:
    """A file of the folder: where it lies, and what it is, in words."""

    path: str
    label: str


@dataclass(frozen=True)
class Purchases:
    """The transactions of a payee: `rows` of cells for the page, the newest first, of so many in the file `path`.

    A row: date (ISO 8601), id, who bought, product, type, quantity, unit, amount, currency; figures with a decimal
    point. `since`: the first day from which transactions are shown.
    """

    rows: Sequence[Sequence[str]]
    count: int
    path: str
    since: str


@dataclass(frozen=True)
class Folder:
    """The folder of a payee. `view`: of its statement (see reports.statement.view); `payouts`: as they are read.

    `files_at`: the path in which the files beside its statement lie. `statements_at`: the pages of its statements, by
    month.
    """

    view: Mapping[str, Any]
    files_at: str
    statements_at: Mapping[str, str]
    payouts: Sequence[Mapping[str, Any]]
    purchases: Purchases
    documents: Sequence[FileLink]
    terms: Sequence[Document]
