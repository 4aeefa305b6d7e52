"""Hash chains: each row holds the hash of the one before, so that no later change to a row goes unnoticed."""

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
"""The previous_hash of the first row of a chain."""


@dataclass(frozen=True)
class HashChain:
    """A table whose rows are numbered from 1 in the column `number` and hold previous_hash and hash.

    `schema` names all columns in their order; `what` is the word for a row in messages.
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
        """Return the rows whose hash, predecessor or number is wrong: `number` and found (the fault in words)."""
        broken = list(self._broken(chain.sort(self.number)))
        return pl.DataFrame(broken, schema={self.number: pl.Int64, "found": pl.String}, orient="row")

    def _broken(self, chain: pl.DataFrame) -> Iterator[tuple[int, str]]:
        """Yield the number and the fault of each wrong row, in order."""
        head = FIRST_HASH
        for count, row in enumerate(chain.iter_rows(named=True), start=1):
            number = row[self.number]
            if number != count:
                yield number, f"{self.what} {count} is missing or numbered {number}"
            if row["previous_hash"] != head:
                yield number, f"the {self.what} does not follow the one before it"
            if row["hash"] != self._hash(row):
                yield number, f"the {self.what} was changed after it was made"
            # Go on from what is stored, so that one changed row is reported once and not with all its successors.
            head = row["hash"]

    def _end(self, chain: pl.DataFrame) -> tuple[int, str]:
        """Return the number and hash of the last row."""
        if chain.is_empty():
            return 0, FIRST_HASH
        last = chain.sort(self.number).row(-1, named=True)
        return last[self.number], last["hash"]

    def _hash(self, row: Mapping[str, Any]) -> str:
        """Return the hash of a row over all columns but hash itself, in the order of the schema."""
        return sha256([text(row[name]) for name in self.schema if name != "hash"])


def sha256(content: object) -> str:
    """Return the SHA-256 of texts, and of lists and mappings of them, in hex."""
    # Fixed separators and no ASCII escapes: the hash depends on these bytes, so they may never change.
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def text(value: object) -> str | None:
    """Return a value as the same text on every machine; decimals at the scale of their column."""
    if isinstance(value, Decimal):
        # Never in scientific notation, which str() chooses for small values: 1E-7 and 0.0000001 would hash differently.
        return format(value, "f")
    return None if value is None else str(value)
