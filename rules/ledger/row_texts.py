"""Row texts: each row as one JSON text, the same on every machine, for its hash to be made from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ESCAPES = {c: json.dumps(c)[1:-1] for c in ('"', "\\", *map(chr, range(32)))}
"""How JSON writes the characters that may not stand for themselves in a text."""


def json_lists(rows: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """Return the values of each row in the columns `names` as a JSON list of texts: a column of strings.

    Without spaces and with every letter as itself; decimals at the scale of their column, a missing value as null.
    The hashes of the books depend on these bytes, so they may never change.
    """
    return _joined(rows, "[]", dict.fromkeys(names, ""))


def json_objects(rows: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """Return the values of each row in the columns `names` as a JSON object of texts, as `json_lists` writes them."""
    return _joined(rows, "{}", {name: f"{json.dumps(name)}:" for name in names})


def _joined(rows: pl.DataFrame, brackets: str, labels: Mapping[str, str]) -> pl.Series:
    texts = rows.select(_texts(rows[name]) for name in labels)
    parts, before, quote = [], brackets[0], ""
    for name, label in labels.items():
        quote = "" if texts[name].null_count() else '"'
        parts += [pl.lit(before + label + quote), pl.col(name) if quote else _quoted(name)]
        before = quote + ","
    return texts.select(pl.concat_str(*parts, pl.lit(quote + brackets[1]))).to_series()


def _quoted(name: str) -> pl.Expr:
    """Return the texts of a column in quotes, and null where there is none."""
    in_quotes = pl.concat_str(pl.lit('"'), name, pl.lit('"'))
    return pl.when(pl.col(name).is_null()).then(pl.lit("null")).otherwise(in_quotes)


def _texts(column: pl.Series) -> pl.Series:
    """Return the values of a column as Python writes them, with what JSON escapes escaped."""
    if column.dtype == pl.String:
        return column if _is_plain(column) else column.str.replace_many(_ESCAPES)
    if isinstance(column.dtype, pl.Datetime):
        whole = column.dt.to_string("%Y-%m-%d %H:%M:%S")
        parts = column.dt.to_string("%Y-%m-%d %H:%M:%S%.6f")
        return whole.zip_with(column.dt.microsecond() == 0, parts)
    return column.cast(pl.String)


def _is_plain(column: pl.Series) -> bool:
    """Return whether no value of a column of texts holds a character that JSON escapes.

    All bytes at once: a pattern searched for in each value would cost as much as the hashes do.
    """
    *_, values = column.to_arrow().cast("large_string").buffers()
    found = np.frombuffer(values or b"", np.uint8)
    return not any(np.any(is_so) for is_so in (found < ord(" "), found == ord('"'), found == ord("\\")))
