"""About what it costs that two rebates pay on the same sales."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from rules.ledger.double_cost import with_double_cost
from schemas.types import MONEY, VALUE


def test_it_is_what_the_cheaper_of_both_pays_at_its_average_rate() -> None:
    schema = pl.Schema({"name": pl.String(), "currency": pl.String(), "amount": MONEY, "measure": VALUE})
    rows = [("a/x", "USD", Decimal(30), Decimal(1000)), ("b/y", "USD", Decimal(10), Decimal(500))]
    paid = pl.DataFrame(rows, schema=schema, orient="row")
    pairs = pl.DataFrame(
        [("a/x", "b/y", "USD", Decimal(200)), ("a/x", "b/y", "JPY", Decimal(200)), ("a/x", "c/z", "USD", Decimal(200))],
        schema={"one": pl.String, "other": pl.String, "currency": pl.String, "amount": pl.Decimal(38, 4)},
        orient="row",
    )
    # 3 % and 2 %: 200 at 2 % are 4. In another currency, or where no revenue is measured, nothing is said.
    assert with_double_cost(pairs, paid)["double_cost"].to_list() == [Decimal(4), None, None]
