"""Master data: members, products and what else the rules refer to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl


@dataclass(frozen=True)
class MasterData:
    """What the rules are compiled against: the rows in force of the data sets of that name.

    attributes: every combination of the transaction columns that filters use. currencies: those of the transactions.
    files: load_seq and path of every file that was loaded.
    """

    members: pl.DataFrame
    hierarchy: pl.DataFrame
    enrolments: pl.DataFrame
    products: pl.DataFrame
    unit_conversions: pl.DataFrame
    attributes: pl.DataFrame
    currencies: Sequence[str]
    files: pl.DataFrame
