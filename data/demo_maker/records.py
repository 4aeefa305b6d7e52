"""The small extracts of the demo: partners, goods, side data of agreements, exchange rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from demo_maker import agreed
from demo_maker.days import every_day
from demo_maker.dice import roll
from demo_maker.partners import LEFT_IN_2025

if TYPE_CHECKING:
    from demo_maker.sales import Market

Table = tuple[Sequence[str], Sequence[Sequence[str]]]
"""The header and the rows of one extract."""

_LANGUAGES = {"DE": "de", "JP": "ja"}
_AGREED = ("program", "rebate", "member_id", "period", "value")
_MOVED = ("M-0012", "M-0002", date(2026, 4, 1))
# European wholesalers that buy together: who is in, who leads, since when.
_ALLIANCE = (("M-0006", "M-0005", date(2025, 1, 1)), ("M-0007", "M-0005", date(2026, 7, 1)))
# Rates come every day, also after the last sales: what is not settled yet is priced at the latest of them.
_RATES = (date(2024, 10, 28), date(2026, 11, 23))
_SATURDAY = 5


def small_extracts(market: Market) -> dict[str, Table]:
    """Return every extract except transactions and visits, by the name of its data set."""
    return {
        "members": _members(market),
        "hierarchy": _hierarchy(market),
        "enrolments": (("program", "member_id", "from", "to"), [*agreed.enrolments(market.partners)]),
        "products": _products(market),
        "unit_conversions": _unit_conversions(market),
        "fx_rates": _fx_rates(market),
        "targets": (_AGREED, [*agreed.targets(market.partners)]),
        "baselines": (_AGREED, [*agreed.baselines(market.partners)]),
    }


def _members(market: Market) -> Table:
    header = (
        "member_id", "name", "type", "region", "country", "parent_id", "payee_id", "currency", "language", "email",
        "status", "joined_on", "rank",
    )  # fmt: skip
    rows = [
        (
            p.member_id,
            p.name,
            p.type,
            p.region,
            p.country,
            p.parent_id,
            p.payee_id,
            p.currency,
            _LANGUAGES.get(p.country, "en"),
            f"rebates@{p.member_id.lower()}.example",
            "left" if p.member_id in LEFT_IN_2025 else "active",
            p.joined_on.isoformat(),
            p.rank,
        )
        for p in market.partners
    ]
    return header, rows


def _hierarchy(market: Market) -> Table:
    moved, new_parent, on = _MOVED
    rows = []
    for p in market.partners:
        if not p.parent_id:
            continue
        ends = "2026-03-31" if p.member_id == moved else ""
        rows.append((p.member_id, p.parent_id, "group", p.joined_on.isoformat(), ends))
    rows.append((moved, new_parent, "group", on.isoformat(), ""))
    rows += [(member, head, "alliance", since.isoformat(), "") for member, head, since in _ALLIANCE]
    return ("member_id", "parent_id", "level", "from", "to"), rows


def _products(market: Market) -> Table:
    header = ("product_id", "name", "category", "brand", "unit", "units_per_case")
    rows = [(g.product_id, g.name, g.category, g.brand, g.unit, str(g.case or "")) for g in market.goods]
    return header, rows


def _unit_conversions(market: Market) -> Table:
    rows = []
    for g in market.goods:
        if g.case:
            rows.append((g.product_id, "case", g.unit, str(g.case)))
            rows.append((g.product_id, g.unit, "case", f"1/{g.case}"))
    return ("product_id", "from_unit", "to_unit", "factor"), rows


def _fx_rates(market: Market) -> Table:
    """Return rates around 150 yen to the dollar on working days, in hundredths of a yen; inverses to eight decimals."""
    hundredths = 15_100
    rows = []
    for n, day in enumerate(every_day(*_RATES)):
        hundredths += roll(161, n, stream="fx", seed=market.seed) - 80 + (15_000 - hundredths) // 100
        if day.weekday() < _SATURDAY:
            dollars = (2 * 10**10 + hundredths) // (2 * hundredths)
            rows.append(("USD", "JPY", day.isoformat(), f"{hundredths // 100}.{hundredths % 100:02}"))
            rows.append(("JPY", "USD", day.isoformat(), f"0.{dollars:08}"))
    return ("from_currency", "to_currency", "rate_date", "rate"), rows
