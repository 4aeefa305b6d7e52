"""Statements: one self-contained HTML page per payee, in the payee's language and the sender's colours."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from reports.page.language import language_of
from reports.page.page import find_template, render_page
from reports.statement.account import accounts
from reports.statement.paths import statement_path
from reports.statement.view import statement_view
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.statement.account import Account
    from reports.statement.position import Row
    from reports.statement.statement_data import Issue, StatementFrames

TEMPLATE = "statement.html.j2"


@dataclass(frozen=True)
class Statement:
    """A rendered page, its path, and what its manifest entry needs: posting lines and totals."""

    payee_id: str
    path: str
    content: bytes
    lines: int
    totals: dict[str, str]


def get_ready(frames: StatementFrames, issue: Issue) -> None:
    """Load what every page needs, the template and the texts of its languages, before their transactions are there."""
    find_template(TEMPLATE)
    for tag in set(frames.payees["language"]):
        spoken = language_of(tag, issue.digits, issue.language)
        # Called for its side effect: Babel loads the data of a locale at first use.
        spoken.month(issue.payout_period)
        for currency in set(frames.payouts["currency"]):
            spoken.worth(Decimal(1), currency)


def statements(frames: StatementFrames, issue: Issue) -> Iterator[Statement]:
    """Yield the statement of each payee in frames.payees, one after the other, sorted by payee.

    Raises:
        InvariantError: an amount has more decimals than its currency.
    """
    for account in accounts(frames, issue):
        payee_id, content = account.payee["payee_id"], render(statement_view(account, issue), issue)
        yield Statement(payee_id, statement_path(payee_id), content, len(account.lines), _totals(account, issue))


class Shown(NamedTuple):
    """What a payee is shown: the view of its statement with the texts of cells, and the page made of it."""

    payee_id: str
    view: Row
    page: bytes


def shown(frames: StatementFrames, issue: Issue) -> Iterator[Shown]:
    """Yield what each payee in frames.payees is shown, sorted by payee: for other forms than the page.

    Raises:
        InvariantError: an amount has more decimals than its currency.
    """
    for account in accounts(frames, issue, with_cells=True):
        view = statement_view(account, issue)
        yield Shown(account.payee["payee_id"], view, render(view, issue))


def render(view: Row, issue: Issue) -> bytes:
    """Render the page of a view: no script, nothing loaded from elsewhere, the same bytes for the same books."""
    payee, brand = view["payee"], view["brand"]
    left = f"{payee['name']} · {payee['id']} · {view['title']} {view['period']} · {brand['name']}"
    return render_page(TEMPLATE, ("statement.css",), issue.brand.colour, footer=(left, view["labels"]["page"]), s=view)


def _totals(account: Account, issue: Issue) -> dict[str, str]:
    """Return the payouts as text, as in the manifest; rendering has refused amounts with more decimals already."""
    totals: dict[str, Decimal] = {}
    for payout in account.payouts:
        if payout["payout_period"] != issue.payout_period:
            continue
        totals[payout["currency"]] = totals.get(payout["currency"], ZERO) + payout["amount"]
    return {currency: f"{amount:.{account.language.digits[currency]}f}" for currency, amount in totals.items()}
