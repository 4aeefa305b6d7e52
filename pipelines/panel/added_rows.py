"""The transactions that purchases which were never made would be, made like the last real ones of their kind."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.warehouse.frames import has_table, read, read_row
from pipelines.workspace.normal_text import normal_id
from rules.money import MINOR_UNITS
from schemas.errors import Problem, TerminalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.panel.additions import Addition
    from schemas.workspace import Ids

ALIKE = """
    SELECT * FROM transactions
    WHERE member_id = $member AND product_id = $product AND superseded_seq IS NULL AND quantity > 0 AND amount > 0
        AND ($unit = '' OR unit = $unit) AND ($currency = '' OR currency = $currency)
    ORDER BY activity_date DESC, load_seq DESC, row_key LIMIT 1
"""
"""The member's last purchase of a product: the row that an addition is made like."""

SHOWN = ("member_id", "product_id", "activity_date", "type", "quantity", "unit", "amount", "currency")
_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True)
class Buyer:
    """Who buys what says nothing else, and how the workspace writes ids."""

    member_id: str
    ids: Ids


def added_rows(connection: duckdb.DuckDBPyConnection, additions: Sequence[Addition], buyer: Buyer) -> pl.DataFrame:
    """Return the rows of transactions that `additions` would be, with the columns of the table.

    Each is like the member's last purchase of that product: its price, unit, currency, channel and the like, as far as
    nothing else is said. It is known on its own day.

    Raises:
        TerminalError: with every product or member that is not known, and every purchase without a price.
    """
    table = read(connection, "SELECT * FROM transactions LIMIT 0")
    rows, problems = [], []
    (load_seq,) = read_row(connection, "SELECT COALESCE(MAX(load_seq), 0) FROM loads")
    for number, addition in enumerate(additions, start=1):
        made = _row(connection, addition, buyer)
        if isinstance(made, Problem):
            problems.append(made)
            continue
        name = f"what if {number}"
        ids = {"transaction_id": name, "row_key": f"{made['source']}|{name}", "line": number, "load_seq": load_seq}
        rows.append({**made, **ids, "order_id": name, "original_id": None, "superseded_seq": None})
    if problems:
        raise TerminalError(*problems)
    return pl.DataFrame(rows, schema=table.schema, orient="row")


def _row(connection: duckdb.DuckDBPyConnection, addition: Addition, buyer: Buyer) -> dict[str, Any] | Problem:
    member = normal_id(addition.member, buyer.ids) or buyer.member_id
    product = normal_id(addition.product, buyer.ids)
    for data_set, column, value in (("members", "member_id", member), ("products", "product_id", product)):
        if has_table(connection, data_set) and not _is_known(connection, data_set, column, value):
            return Problem(f"{value!r} is not among the {data_set}", f"write a {column} as the extracts have it")
    of_goods, of_money = (
        (addition.unit, addition.other_unit) if addition.figure == "quantity" else (addition.other_unit, addition.unit)
    )
    asked = {"member": member, "product": product, "unit": of_goods, "currency": of_money.upper()}
    alike = read(connection, ALIKE, asked).to_dicts()
    last = alike[0] if alike else {}
    unit, currency = of_goods or last.get("unit"), of_money.upper() or last.get("currency")
    other = addition.other if addition.other is not None else _at_last_price(addition, last)
    if other is None or not unit or not currency:
        missing = "for 12000 USD" if addition.figure == "quantity" else "for 500 piece"
        todo = f"say it in full, with the units: … of {addition.product} {missing} in …"
        return Problem(f"{member} has not bought {product} yet, so that there is no price", todo)
    quantity, amount = (addition.number, other) if addition.figure == "quantity" else (other, addition.number)
    cents = Decimal(1).scaleb(-MINOR_UNITS.get(currency, 2))
    return {
        **last,
        "source": last.get("source", "what if"),
        "member_id": member,
        "product_id": product,
        "activity_date": addition.day,
        "received_on": addition.day,
        "type": "return" if addition.number < 0 else last.get("type", "sale"),
        "quantity": quantity.quantize(_MILLIONTH, ROUND_HALF_UP),
        "unit": unit,
        "amount": amount.quantize(cents, ROUND_HALF_UP),
        "currency": currency,
    }


def _at_last_price(addition: Addition, last: dict[str, Any]) -> Decimal | None:
    """Return what was bought in the other of goods and money, at the price of the last purchase."""
    if not last:
        return None
    goods, money = Decimal(last["quantity"]), Decimal(last["amount"])
    return addition.number * (money / goods if addition.figure == "quantity" else goods / money)


def _is_known(connection: duckdb.DuckDBPyConnection, data_set: str, column: str, value: str) -> bool:
    query = f"SELECT COUNT(*) FROM {data_set} WHERE {column} = ?"  # noqa: S608 - names from code
    return read_row(connection, query, [value]) != (0,)
