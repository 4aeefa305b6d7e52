"""Hash chains: rows that each hold the hash of the one before, so that no change to the past stays hidden."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FIRST_HASH = "0" * 64
"""Stands before the first row of a chain."""


@dataclass(frozen=True)
class HashChain:
    """A table whose rows are counted from 1 by the column `number`, and hold previous_hash and hash.

    `schema` names all columns in their order; `what` is how people call a row.
    """

    schema: pl.Schema
    number: str
    what: str

    def link(self, rows: Iterable[Mapping[str, Any]], so_far: pl.DataFrame) -> pl.DataFrame:
        """Return `rows`, numbered and hashed, as the continuation of `so_far`; decimals at their column's scale."""
        count, head = self._end(so_far)
        linked = []
        for number, row in enumerate(rows, start=count + 1):
            whole = {**row, self.number: number, "previous_hash": head}
            head = self._hash(whole)
            linked.append({**whole, "hash": head})
        return pl.DataFrame(linked, schema=self.schema)

    def breaks(self, chain: pl.DataFrame) -> pl.DataFrame:
        """List the rows whose hash, predecessor or number is not what it must be: `number` and found."""
        broken = list(self._broken(chain.sort(self.number)))
        return pl.DataFrame(broken, schema={self.number: pl.Int64, "found": pl.String}, orient="row")

    def _broken(self, chain: pl.DataFrame) -> Iterator[tuple[int, str]]:
        head = FIRST_HASH
        for count, row in enumerate(chain.iter_rows(named=True), start=1):
            number = row[self.number]
            if number != count:
                yield number, f"{self.what} {count} is missing or numbered {number}"
            if row["previous_hash"] != head:
                yield number, f"the {self.what} does not follow the one before it"
            if row["hash"] != self._hash(row):
                yield number, f"the {self.what} was changed after it was made"
            head = row["hash"]

    def _end(self, chain: pl.DataFrame) -> tuple[int, str]:
        if chain.is_empty():
            return 0, FIRST_HASH
        last = chain.sort(self.number).row(-1, named=True)
        return last[self.number], last["hash"]

    def _hash(self, row: Mapping[str, Any]) -> str:
        return sha256([text(row[name]) for name in self.schema if name != "hash"])


def sha256(content: object) -> str:
    """Hash texts, and lists and mappings of them, in hex."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def text(value: object) -> str | None:
    """Write a value the same way on every machine; decimals come at their column's scale."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return None if value is None else str(value)
