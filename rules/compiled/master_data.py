"""Master data: members, products and the other data sets to which rules refer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl


@dataclass(frozen=True)
class MasterData:
    """The master data against which rules are compiled: the rows in force of the data sets of these names.

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
