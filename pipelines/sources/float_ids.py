"""Ids that became floats: a column of them that ends in .0 throughout is none of ids, and never matches one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.sources.column_mapping import map_columns
from schemas.catalogue import DATA_SETS
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from schemas.source import Source

_FLOAT = r"^\s*[0-9]+[.]0\s*$"


class FloatIds:
    """Watches the columns of ids of one file, batch by batch, where they are texts.

    pandas and spreadsheets make floats of whole numbers where a cell is empty: the same sale comes as 70012 one night
    and as 70012.0 the next, and would count twice. Most columns are seen not to be such by their first value.
    """

    def __init__(self, positions: Mapping[str, int], source: Source, file: str) -> None:
        """Prepare to watch the columns of `source`, by their names and positions; `file` is its name in problems."""
        mapping, _ = map_columns(source, [*positions], file, 1)
        ids = {*DATA_SETS[source.data_set].ids, *mapping.key} - {*source.whole_numbers}
        theirs = {**mapping.columns, **mapping.extras}
        self._file = file
        self._watched = {name: positions[theirs[name]] for name in ids & theirs.keys() if theirs[name] in positions}
        self._first: dict[str, tuple[str, int]] = {}

    def note(self, batch: pa.RecordBatch, lines: npt.NDArray[np.int64]) -> bool:
        """Return whether there is a column to watch on, after a look at `batch`, whose records begin at `lines`."""
        for name, position in [*self._watched.items()]:
            column = batch.column(position).cast(pa.string())
            filled = pc.indices_nonzero(pc.not_equal(column, ""))
            if not len(filled):
                continue
            at = filled[0].as_py()
            self._first.setdefault(name, (column[at].as_py(), int(lines[at])))
            is_float = pc.match_substring_regex(column.slice(at, 1), _FLOAT)[0].as_py()
            if not is_float or not pc.all(pc.match_substring_regex(column.take(filled), _FLOAT)).as_py():
                del self._watched[name]
        return bool(self._watched)

    def refuse(self) -> None:
        """Refuse the file if a column is left whose values all are floats.

        Raises:
            ExtractError: there is one.
        """
        problems = [
            Problem(
                f"every {name} ends in .0, such as {value!r}: whole numbers that became floats",
                f"export them as whole numbers, or say `whole_numbers: [{name}]` for its source",
                at=Place(self._file, line),
            )
            for name, (value, line) in sorted(self._first.items())
            if name in self._watched
        ]
        if problems:
            raise ExtractError(*problems)
