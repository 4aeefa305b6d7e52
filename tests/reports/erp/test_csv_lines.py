"""CSV of many files at once is what Python's csv module reads back, cell by cell."""

from __future__ import annotations

import csv
import io
from itertools import groupby

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from reports.erp.csv_lines import csv_files

TEXT = st.one_of(st.none(), st.text(alphabet="ab,\"\r\n' 髙", max_size=6))
ROWS = st.lists(st.tuples(st.sampled_from("XY"), TEXT, TEXT), min_size=1, max_size=8)


@given(ROWS)
def test_every_cell_is_read_back(rows: list[tuple[str, str | None, str | None]]) -> None:
    rows.sort(key=lambda row: row[0])
    cells = pl.DataFrame(rows, schema=dict.fromkeys(("by", "a", "b"), pl.String), orient="row")
    found = {file.about: file for file in csv_files(cells, "by", ["a", "b"])}
    for about, of_it in groupby(rows, key=lambda row: row[0]):
        wanted = [[a or "", b or ""] for _, a, b in of_it]
        header, *read = csv.reader(io.StringIO(found[about].content.decode(), newline=""), strict=True)
        assert header == ["a", "b"]
        assert read == wanted
        assert found[about].rows == len(wanted)
