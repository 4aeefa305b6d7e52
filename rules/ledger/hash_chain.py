"""Hash chains: each row holds the hash of the one before, so that no later change to a row goes unnoticed."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain as joined
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from rules.ledger.row_texts import json_lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

FIRST_HASH = "0" * 64
"""The previous_hash of the first row of a chain."""


class Head(NamedTuple):
    """A row up to which a chain was found whole: its number and its hash."""

    number: int
    hash: str


START = Head(0, FIRST_HASH)
"""The head of a chain without rows."""

_ROWS = 1 << 14
"""Rows whose texts are held at a time."""


@dataclass(frozen=True)
class HashChain:
    """A table whose rows are numbered from 1 in the column `number` and hold previous_hash and hash, its last columns.

    `schema` names all columns in their order; `what` is the word for a row in messages. The hash of a row is that of
    the JSON list of all its other columns, as texts, in the order of the schema.
    """

    schema: pl.Schema
    number: str
    what: str

    def link(self, rows: pl.DataFrame, head: Head = START) -> pl.DataFrame:
        """Return `rows`, numbered and hashed, as the continuation of a chain that ends with `head`.

        `rows` has all columns but number, previous_hash and hash, with the types of the schema.
        """
        numbers = pl.int_range(head.number + 1, head.number + 1 + rows.height, dtype=pl.Int64, eager=True)
        # Decimals have the scale of their column before they become texts.
        typed = rows.cast({name: self.schema[name] for name in rows.columns})
        numbered = typed.with_columns(numbers.alias(self.number))
        hashes = [head.hash]
        for content in joined.from_iterable(_texts_ahead(numbered, self._content())):
            # The list goes on with the hash before, which only now is known.
            hashes.append(sha256_of_text(f'{content[:-1]},"{hashes[-1]}"]'))
        chained = {"previous_hash": hashes[:-1], "hash": hashes[1:]}
        linked = numbered.with_columns(pl.Series(name, made, pl.String) for name, made in chained.items())
        return linked.select(self.schema.names())

    def breaks(self, chain: pl.DataFrame, head: Head = START) -> pl.DataFrame:
        """Return the rows whose hash, predecessor or number is wrong: `number` and found (the fault in words).

        Only those after `head` are looked at, and whether the chain still holds that very row.
        """
        found = list(self._lost(chain, head))
        later = chain.filter(pl.col(self.number) > head.number).sort(self.number)
        # Compared with what is stored, so that one changed row is reported once and not with all its successors.
        numbers, hashes = later[self.number], pl.concat([pl.Series([head.hash]), later["hash"]])
        expected = pl.int_range(head.number + 1, head.number + 1 + later.height, dtype=pl.Int64, eager=True)
        faults = {
            f"{self.what} {{}} is missing or numbered {{}}": numbers != expected,
            f"the {self.what} does not follow the one before it": later["previous_hash"].ne_missing(hashes[:-1]),
            f"the {self.what} was changed after it was made": later["hash"].ne_missing(self._hashes(later)),
        }
        places = sorted((i, words) for words, is_so in faults.items() for i in is_so.arg_true())
        found += [(numbers[i], words.format(expected[i], numbers[i])) for i, words in places]
        return pl.DataFrame(found, schema={self.number: pl.Int64, "found": pl.String}, orient="row")

    def head(self, chain: pl.DataFrame) -> Head:
        """Return the head of `chain`."""
        last = chain.select(self.number, "hash").top_k(1, by=self.number).rows()
        return Head(*last[0]) if last else START

    def _lost(self, chain: pl.DataFrame, head: Head) -> Iterator[tuple[int, str]]:
        """Yield `head` if it is no row of `chain` any more."""
        if head != START and chain.filter(pl.col(self.number) == head.number)["hash"].to_list() != [head.hash]:
            yield head.number, f"{self.what} {head.number} is missing or is not the one that was sealed"

    def _hashes(self, rows: pl.DataFrame) -> pl.Series:
        """Return the hash that each row must have, given the hash that it holds of the one before."""
        names = [*self._content(), "previous_hash"]
        contents = joined.from_iterable(_texts_ahead(rows, names))
        return pl.Series([hashlib.sha256(content.encode()).hexdigest() for content in contents], dtype=pl.String)

    def _content(self) -> list[str]:
        return [name for name in self.schema if name not in {"previous_hash", "hash"}]


def _texts_ahead(rows: pl.DataFrame, names: Sequence[str]) -> Iterator[list[str]]:
    """Yield the JSON lists of rows by parts; those of the next are made while these are hashed, on another core."""
    made: Future[pl.Series] | None = None
    with ThreadPoolExecutor(max_workers=1) as pool:
        for part in rows.iter_slices(_ROWS):
            coming = pool.submit(json_lists, part, names)
            if made is not None:
                yield made.result().to_list()
            made = coming
        if made is not None:
            yield made.result().to_list()


def sha256(content: object) -> str:
    """Return the SHA-256 of texts, and of lists and mappings of them, in hex."""
    # Fixed separators and no ASCII escapes: the hash depends on these bytes, so they may never change.
    return sha256_of_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def sha256_of_text(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def text(value: object) -> str | None:
    """Return a value as the same text on every machine; decimals at the scale of their column."""
    if isinstance(value, Decimal):
        # Never in scientific notation, which str() chooses for small values: 1E-7 and 0.0000001 would hash differently.
        return format(value, "f")
    return None if value is None else str(value)
