"""The demo's transactions, read by hand: which version counts, which rows are none, what units and money are worth."""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections import defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTRACTS = Path(__file__).parents[2] / "data" / "demo" / "extracts"
MONEY = re.compile(r"-?\d+(\.\d{1,4})?")

Table = list[dict[str, str]]


class Sale(NamedTuple):
    """One transaction in force, beside what is known of its member and product."""

    day: date
    member: dict[str, str]
    product: dict[str, str]
    kind: str
    quantity: Fraction
    unit: str
    amount: Fraction
    currency: str
    channel: str


def read(name: str, *, encoding: str = "utf-8", delimiter: str = ",") -> Table:
    with (EXTRACTS / name).open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


MEMBERS = {row["member_id"]: row for row in read("members.csv")}
PRODUCTS = {row["product_id"]: row for row in read("products.csv")}
CONVERSIONS = {
    (r["product_id"], r["from_unit"], r["to_unit"]): Fraction(r["factor"]) for r in read("unit_conversions.csv")
}
POS = {
    "得意先コード": "dealer_no", "商品コード": "product_id", "売上日": "activity_date", "受信日": "booked_on",
    "区分": "type", "数量": "quantity", "単位": "unit", "金額": "amount",
}  # fmt: skip


def sales() -> list[Sale]:
    """Take every transaction beside what is known of its member and product."""
    return [sale(row) for row in rows_in_force().values()]


def rows_in_force() -> dict[tuple[str, ...], dict[str, str]]:
    """Take the version received last of every transaction; rows that contradict themselves are none."""
    inside: dict[tuple[str, ...], tuple[str, dict[str, str]]] = {}
    for rows in files():
        for key, row in sorted(((k, r) for k, r in rows if is_sound(r)), key=lambda pair: pair[1]["booked_on"]):
            if key not in inside or row["booked_on"] >= inside[key][0]:
                inside[key] = (row["booked_on"], row)
    return {key: row for key, (_, row) in inside.items()}


def files() -> Iterator[list[tuple[tuple[str, ...], dict[str, str]]]]:
    for path in sorted(EXTRACTS.glob("transactions-*.csv")):
        yield [((row["transaction_id"],), row) for row in read(path.name)]
    for path in sorted(EXTRACTS.glob("pos-*.txt")):
        yield [
            ((row["伝票番号"], row["行番号"]), from_pos(row))
            for row in read(path.name, encoding="cp932", delimiter="\t")
        ]


def from_pos(row: dict[str, str]) -> dict[str, str]:
    ours = {name: row[theirs] for theirs, name in POS.items()}
    ours |= {"type": ours["type"].lower(), "currency": "JPY", "channel": "pos"}
    ours |= {"transaction_id": row["伝票番号"], "order_id": row["伝票番号"]}
    if ours["type"] != "sale":
        ours["quantity"], ours["amount"] = f"-{ours['quantity']}", f"-{ours['amount']}"
    dates = {name: ours[name].replace("/", "-") for name in ("activity_date", "booked_on")}
    return ours | dates


def is_sound(row: dict[str, str]) -> bool:
    if not (row["channel"] and row["transaction_id"]) or not row["quantity"] or not MONEY.fullmatch(row["amount"]):
        return False
    if row["dealer_no"] not in MEMBERS or row["product_id"] not in PRODUCTS or row["activity_date"].endswith("02-30"):
        return False
    is_back = row["type"] in {"return", "credit"}
    return row["activity_date"] <= row["booked_on"] and not (is_back and not row["amount"].startswith("-"))


def sale(row: dict[str, str]) -> Sale:
    return Sale(
        date.fromisoformat(row["activity_date"]), MEMBERS[row["dealer_no"]], PRODUCTS[row["product_id"]], row["type"],
        Fraction(row["quantity"]), row["unit"], Fraction(row["amount"]), row["currency"], row["channel"],
    )  # fmt: skip


def exchange_rates() -> dict[tuple[str, str], tuple[list[date], list[Fraction]]]:
    found: dict[tuple[str, str], tuple[list[date], list[Fraction]]] = defaultdict(lambda: ([], []))
    for row in read("fx_rates.csv"):
        days, rates = found[row["from_currency"], row["to_currency"]]
        days.append(date.fromisoformat(row["rate_date"]))
        rates.append(Fraction(row["rate"]))
    return found


RATES = exchange_rates()


def worth(one: Sale, *, unit: str, currency: str) -> Fraction:
    """Say what a transaction adds to a measure: units, or money at the rate of its day."""
    if unit:
        return one.quantity * (1 if one.unit == unit else CONVERSIONS[one.product["product_id"], one.unit, unit])
    if one.currency == currency:
        return one.amount
    days, rates = RATES[one.currency, currency]
    at = bisect_right(days, one.day) - 1
    assert (one.day - days[at]).days <= 7
    return one.amount * rates[at]
