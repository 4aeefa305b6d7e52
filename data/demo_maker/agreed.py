"""The data that agreements of the demo need besides their rule files: enrolments, targets and baselines."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from demo_maker.partners import JOINED_IN_2026, LEFT_IN_2025

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from demo_maker.partners import Partner

Row = tuple[str, ...]

_EXCELLENCE, _FIRST_YEAR = "workshop-excellence-2026", "first-year-2026"
_SHARES = (98, 104, 95, 110)
_LEAVES = ("M-0024", date(2026, 8, 15))
_PAUSES = ("M-0030", date(2026, 3, 31), date(2026, 5, 18))
# Dealers that changed hands: to their new owners everything is a first year.
_NEW_OWNERS = {"M-0013": date(2026, 2, 16), "M-0035": date(2026, 1, 1), "M-0049": date(2026, 5, 11)}
_WITHOUT_TARGET = frozenset({"M-0035"})


def enrolments(partners: Iterable[Partner]) -> Iterator[Row]:
    """Yield who takes part in which program: program, member, first and last day (empty: not ended)."""
    partners = tuple(partners)
    for p in partners:
        if p.type == "distributor":
            left_early = p.number % 4 == 0
            yield "distributor-partnership", p.member_id, "2025-07-01", "2025-12-31" if left_early else ""
            if left_early:
                yield "distributor-partnership", p.member_id, "2026-04-01", ""
        elif p.type == "dealer" and p.number % 5 == 0:
            yield "edi-orders", p.member_id, f"2026-0{1 + p.number % 3}-15", "2026-12-31"
    for p in partners:
        if p.type == "dealer" and p.region != "APAC" and p.number % 3 == 0 and p.member_id not in LEFT_IN_2025:
            yield from _in_excellence(p)
    for p in partners:
        if first := _first_day(p):
            yield _FIRST_YEAR, p.member_id, first.isoformat(), "2026-12-31"


def targets(partners: Iterable[Partner]) -> Iterator[Row]:
    """Yield the targets: program, rebate, member, period, value."""
    partners = tuple(partners)
    for p in partners:
        if p.type == "dealer" and p.currency == "USD" and p.member_id not in LEFT_IN_2025:
            for quarter, amount in _quarters(p.weight_2026, hundredths=100):
                yield "dealer-revenue", "quarterly-revenue", p.member_id, f"2026-Q{quarter}", f"{amount}.00"
    for p in partners:
        first = _first_day(p)
        if first is None or p.member_id in _WITHOUT_TARGET:
            continue
        hundredths = 70 if p.member_id in _NEW_OWNERS else 90 + p.number
        for quarter, amount in _quarters(p.weight_2026, hundredths=hundredths):
            if first.month <= quarter * 3:
                yield _FIRST_YEAR, "target-bonus", p.member_id, f"2026-Q{quarter}", f"{amount}.00"


def baselines(partners: Iterable[Partner]) -> Iterator[Row]:
    """Yield the agreed baselines: program, rebate, member, period, value."""
    joined = [p for p in partners if p.member_id in JOINED_IN_2026]
    for p in joined:
        yield "dealer-growth-2026", "annual-growth", p.member_id, "2026", f"{p.number * 1_500 + 60_000}.00"
    for p in joined:
        for half, town in enumerate((62_000, 71_000), start=1):
            yield _FIRST_YEAR, "build-up", p.member_id, f"2026-H{half}", f"{town - p.number * 500}.00"


def _in_excellence(p: Partner) -> Iterator[Row]:
    first = "2026-01-01" if p.number % 2 == 0 else "2026-02-16"
    leaver, last = _LEAVES
    pausing, until, again = _PAUSES
    if p.member_id == pausing:
        yield _EXCELLENCE, p.member_id, first, until.isoformat()
        first = again.isoformat()
    yield _EXCELLENCE, p.member_id, first, last.isoformat() if p.member_id == leaver else ""


def _first_day(p: Partner) -> date | None:
    """Return the day on which a dealer's first year begins; None if it has none."""
    return date(2026, 1, 1) if p.member_id in JOINED_IN_2026 else _NEW_OWNERS.get(p.member_id)


def _quarters(weight: int, *, hundredths: int) -> Iterator[tuple[int, int]]:
    for quarter, share in enumerate(_SHARES, start=1):
        yield quarter, weight * share * hundredths // 500_000 * 1_000
