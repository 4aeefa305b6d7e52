"""Double cost: about what it costs that two rebates pay on the same sales."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from rules.money import MINOR_UNITS
from schemas.types import MONEY

if TYPE_CHECKING:
    from typing import Any


def with_double_cost(pairs: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """Return `pairs` with double_cost (MONEY): what the cheaper of the two rebates pays on the sales of both.

    pairs: one, other (program/rebate), currency, amount of the sales. paid: name, amount, measure and currency of
    rebates that measure revenue. It is an estimate, at the average rate of each rebate: amount / measure. Null where
    one of the two does not measure revenue, or the sales are in another currency than a rebate pays in.
    """
    known = {row["name"]: row for row in paid.iter_rows(named=True)}
    costs = [_cost(row, known) for row in pairs.iter_rows(named=True)]
    return pairs.with_columns(pl.Series("double_cost", costs, dtype=MONEY))


def _cost(pair: dict[str, Any], known: dict[str, dict[str, Any]]) -> Decimal | None:
    both = [known.get(pair[side]) for side in ("one", "other")]
    if any(each is None or each["currency"] != pair["currency"] for each in both):
        return None
    rates = [Decimal(each["amount"]) / Decimal(each["measure"]) for each in both if each is not None]
    return (Decimal(pair["amount"]) * min(rates)).quantize(Decimal(1).scaleb(-MINOR_UNITS.get(pair["currency"], 2)))
