"""What happened, as plain rows: the partners, goods, sales and visits that an agreement is reckoned on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction
    from pathlib import Path

FIRST, LAST = date(1, 1, 1), date(9999, 12, 31)


class Partner(NamedTuple):
    member_id: str
    type: str
    region: str
    parent_id: str | None = None
    payee_id: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    country: str | None = None
    status: str | None = None


class Edge(NamedTuple):
    member_id: str
    parent_id: str
    level: str
    valid_from: date
    valid_to: date | None


class Enrolment(NamedTuple):
    program: str
    member_id: str
    valid_from: date | None
    valid_to: date | None


class Product(NamedTuple):
    product_id: str
    category: str
    brand: str


class Conversion(NamedTuple):
    product_id: str | None
    from_unit: str
    to_unit: str
    factor: str


class Rate(NamedTuple):
    from_currency: str
    to_currency: str
    rate_date: date
    rate: str


class Sale(NamedTuple):
    transaction_id: str
    member_id: str
    product_id: str
    activity_date: date
    received_on: date
    type: str
    quantity: str
    unit: str
    amount: str
    currency: str
    order_id: str | None
    channel: str
    original_id: str | None = None


class Agreed(NamedTuple):
    """A target or a baseline."""

    program: str
    rebate: str
    member_id: str
    period: str
    value: str


class Visit(NamedTuple):
    visit_id: str
    member_id: str
    actual_end: date | None
    status: str


class Indicator(NamedTuple):
    visit_id: str
    kpi: str
    product_id: str | None
    kind: str
    target: str | None
    actual: str | None


@dataclass(frozen=True)
class History:
    """All of it; every list is a data set of that name."""

    members: list[Partner]
    products: list[Product]
    transactions: list[Sale]
    hierarchy: list[Edge] = field(default_factory=list)
    enrolments: list[Enrolment] = field(default_factory=list)
    unit_conversions: list[Conversion] = field(default_factory=list)
    fx_rates: list[Rate] = field(default_factory=list)
    targets: list[Agreed] = field(default_factory=list)
    baselines: list[Agreed] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    visit_kpis: list[Indicator] = field(default_factory=list)

    def write(self, root: Path, *, files: int = 1) -> None:
        """Write a workspace's configuration and extracts into the folder `root`; its rules are another matter.

        The sales are dealt out to so many `files`.
        """
        (root / "extracts").mkdir(parents=True, exist_ok=True)
        sources = []
        for name, rows in self._data_sets():
            sources.append(f"  - {{data_set: {name}, path: extracts/{name}*.csv, format: csv}}")
            parts = [rows[n::files] for n in range(files)] if name == "transactions" else [rows]
            for n, part in enumerate(part for part in parts if part):
                text = "\n".join(_csv(part)) + "\n"
                (root / "extracts" / f"{name}-{n}.csv").write_text(text, encoding="utf-8")
        config = "name: Law\ncurrency: USD\nsources:\n" + "\n".join(sources) + "\n"
        (root / "rebatch.yaml").write_text(config, encoding="utf-8")

    def _data_sets(self) -> Iterator[tuple[str, list[NamedTuple]]]:
        for name in self.__dataclass_fields__:
            if rows := getattr(self, name):
                yield name, rows


def holds(row: Partner | Edge | Enrolment, day: date) -> bool:
    """Say whether a dated row holds on a day, both ends included."""
    return (row.valid_from or FIRST) <= day <= (row.valid_to or LAST)


def rounded(value: Fraction, digits: int) -> Fraction:
    """Round half away from zero."""
    from fractions import Fraction

    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**digits)


def _csv(rows: Iterable[NamedTuple]) -> Iterator[str]:
    rows = list(rows)
    yield ",".join(rows[0]._fields)
    for row in rows:
        yield ",".join("" if value is None else _text(value) for value in row)


def _text(value: object) -> str:
    return str(value)
