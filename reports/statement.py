"""Statements: one self-contained HTML page per payee, in the payee's language and the sender's colours."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from reports.account import accounts
from reports.colours import Palette
from reports.view import statement_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.account import Account
    from reports.books import Issue, StatementFrames

STATEMENTS_FOLDER = "statements"
LONGEST_SLUG = 40
HASH_DIGITS = 12


@dataclass(frozen=True)
class Statement:
    """A rendered page, where it belongs, and what its manifest entry needs: posting lines and totals."""

    payee_id: str
    path: str
    content: bytes
    lines: int
    totals: dict[str, str]


def statement_path(payee_id: str) -> str:
    """Name the file of a payee's statement: safe on every file system for any id, and different for different ids."""
    slug = re.sub(r"[^a-z0-9]+", "-", payee_id.lower())[:LONGEST_SLUG].strip("-") or "payee"
    digest = hashlib.sha256(payee_id.encode()).hexdigest()[:HASH_DIGITS]
    return f"{STATEMENTS_FOLDER}/{slug}-{digest}.html"


def statements(frames: StatementFrames, issue: Issue) -> Iterator[Statement]:
    """Render the statement of each payee in frames.payees, one after the other, sorted by payee.

    Raises:
        InvariantError: an amount has more decimals than its currency.
    """
    for account in accounts(frames, issue.digits):
        payee_id, content = account.payee["payee_id"], render(account, issue)
        yield Statement(payee_id, statement_path(payee_id), content, len(account.lines), _totals(account))


def render(account: Account, issue: Issue) -> bytes:
    """Write one page: no script, nothing loaded from anywhere, the same bytes for the same books."""
    style = _style(issue.brand.colour)
    hashed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    view = statement_view(account, issue)
    page = _template().render(s=view, style=Markup(style), style_hash=hashed)  # noqa: S704  # our own text and checked colours
    return page.encode()


def _totals(account: Account) -> dict[str, str]:
    """Write the payouts as the manifest does; the page has refused amounts with more decimals already."""
    totals: dict[str, Decimal] = {}
    for payout in account.payouts:
        totals[payout["currency"]] = totals.get(payout["currency"], Decimal(0)) + payout["amount"]
    return {currency: f"{amount:.{account.language.digits[currency]}f}" for currency, amount in totals.items()}


@cache
def _style(colour: str) -> str:
    return f":root{{{Palette(colour).declarations}}}\n{_resource('statement.css')}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("statement.html.j2")


def _resource(name: str) -> str:
    return resources.files("reports").joinpath("templates", name).read_text(encoding="utf-8")
