"""Landing: the text of a CSV file as Parquet, every value as it was written, each record with its line number."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from pipelines.sources.column_mapping import REJECT_ID, normal_name, own_columns
from pipelines.sources.csv_lines import LineCounter
from pipelines.sources.csv_text import TAIL, CsvText, open_text
from pipelines.sources.float_ids import FloatIds
from pipelines.sources.header import Header, unnamed_problem
from pipelines.sources.header_check import check_header
from pipelines.sources.limits import refuse_too_many_columns, refuse_too_many_rows
from pipelines.sources.swallowed import swallowing
from pipelines.workspace.files import create_private, fresh_part, storage_errors
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from schemas.source import Source

LINE = "rebatch_line"
"""The column of the landing file with the line on which a record begins."""
RAGGED = "rebatch_ragged"
"""The column with the text of a record that has too few or too many cells; its other columns are empty."""

LONGEST_RECORD = 32 << 20
"""Bytes of the longest record that can be read: pyarrow needs a whole record within one block."""
_LOOKED_AHEAD = 20
"""Records below the header that are looked at, in case one of them is the header."""
_ROW_GROUP = 122_880  # DuckDB's own row group: it reads a file in parallel by these
_DICTIONARY = 1 << 16  # bytes of the different values of a column, beyond which they are written as they are


def land(path: Path, target: Path, *, source: Source, file: str) -> list[str]:
    """Write the text of the CSV at `path` to the Parquet file `target`, which appears whole; return its header.

    A file that has landed before is not written again, but its header is checked against the current configuration.
    `file` is its name in problems.

    Raises:
        ExtractError: every problem of its header, or the first place where it cannot be read on.
        StorageError: the landing folder cannot be written.
    """
    with open_text(path, encoding=source.encoding, file=file) as text:
        above = source.skip_lines or 0
        text.skip_lines(above)
        cells, header_text = text.take_header(source.delimiter)
        refuse_too_many_columns(cells, source, file)
        first = text.following(source.delimiter, _LOOKED_AHEAD)
        header = check_header(cells, header_text, first, source=source, file=file)
        if target.exists():  # an earlier run landed it and was stopped before loading it
            return header.names
        counter = LineCounter(header_lines=above + (header_text.count("\n") or 1))
        beside = fresh_part(target)
        with storage_errors(target), create_private(beside) as sink:
            _write(_records(text, header, source=source, counter=counter, file=file), sink, header)
            if source.final_line_end == "required":
                _check_final_line_end(text, header_text, file)
            sink.flush()
            # Before the rename: after a power failure a landing file under its final name must be complete.
            os.fsync(sink.fileno())
        with storage_errors(target):
            beside.replace(target)
    return header.names


def _records(
    text: CsvText, header: Header, *, source: Source, counter: LineCounter, file: str
) -> Iterator[pa.RecordBatch]:
    """Yield batches of records as they are written to the landing file."""
    if text.is_at_end():
        return
    last: pa.RecordBatch | None = None
    line, rows = 1, 0
    float_ids = FloatIds(dict(zip(header.names, header.positions, strict=True)), source, file)
    try:
        for batch in _open(text, header, source, counter.note_ragged):
            lines, ragged = counter.place(batch)
            rows += batch.num_rows
            refuse_too_many_rows(rows, file)
            line = int(lines[-1]) if len(lines) else line
            # The last record must be known at the end, to see whether it swallowed the rest of the file.
            last = batch if batch.num_rows else last
            _check_unnamed(batch, header, lines, file=file)
            float_ids.note(batch, lines)
            is_swallowing, texts = swallowing(batch, lines, source.delimiter)
            landed = _landed(batch, header, lines, is_swallowing)
            yield from (landed, _landed_ragged(pl.concat([ragged, texts]).sort("line").to_arrow(), header))
    except UnnamedColumnError:
        raise
    except (pa.ArrowInvalid, ExtractError) as error:
        # pyarrow may wrap what our stream raised; the stream's own problem says more.
        raise ExtractError(text.problem or _unreadable(error, file, line)) from error
    rest = counter.rest()
    yield _landed_ragged(rest.to_arrow(), header)
    _check_end(text, last, counter, place=(file, line))
    float_ids.refuse()


def _open(
    text: CsvText, header: Header, source: Source, on_ragged: Callable[[pa_csv.InvalidRow], str]
) -> pa_csv.CSVStreamingReader:
    names = [f"c{n}" for n in range(header.width)]
    short = text.size_if_short()
    block = LONGEST_RECORD if short is None else short + 1  # allocating a full block takes longer than a short file
    return pa_csv.open_csv(
        text,
        # Single-threaded: records must arrive in order for their lines to be counted.
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=block, column_names=names),
        parse_options=pa_csv.ParseOptions(
            delimiter=source.delimiter,
            escape_char="\\" if source.escape == "backslash" else False,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=on_ragged,
        ),
        # Every value stays the text that was written: types and empty values are decided later, with a reason per row.
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
            check_utf8=False,  # CsvText has decoded it strictly
        ),
    )


def _check_unnamed(batch: pa.RecordBatch, header: Header, lines: npt.NDArray[np.int64], *, file: str) -> None:
    """Refuse a column without a name that holds something."""
    for position in header.unnamed:
        column = batch.column(position)
        filled = pc.indices_nonzero(pc.not_equal(pc.utf8_trim_whitespace(column), ""))
        if len(filled):
            at = filled[0].as_py()
            value, line = column[at].as_py(), int(lines[at])
            raise UnnamedColumnError(unnamed_problem(header, position, file=file, line=line, value=value))


class UnnamedColumnError(ExtractError):
    """A column without a name holds something."""


def _landed(batch: pa.RecordBatch, header: Header, lines: object, is_left_out: npt.NDArray[np.bool_]) -> pa.RecordBatch:
    schema = landing_schema(header.names)
    positions = dict(zip(header.names, header.positions, strict=True))
    kept = [batch.column(positions[name]) for name in _kept(header.names)]
    ragged = pa.nulls(batch.num_rows, pa.string())
    landed = pa.record_batch([*kept, pa.array(lines, pa.int64()), ragged], schema=schema)
    return landed.filter(pc.and_not(_has_content(batch), pa.array(is_left_out)))


def _has_content(batch: pa.RecordBatch) -> pa.Array:
    """Return which records have any text: blank lines and lines of delimiters only hold nothing to lose."""
    is_blank = pc.equal(batch.column(0), "")
    for column in batch.columns[1:]:
        # In most batches no record is blank after the first column; the other columns need not be read.
        if not pc.any(is_blank).as_py():
            break
        is_blank = pc.and_(is_blank, pc.equal(column, ""))
    return pc.invert(is_blank)


def _landed_ragged(ragged: pa.Table, header: Header) -> pa.RecordBatch:
    schema = landing_schema(header.names)
    empty = [pa.nulls(ragged.num_rows, pa.string()) for _ in schema.names[:-2]]
    line, text = (ragged.column(n).combine_chunks().cast(schema.field(n - 2).type) for n in (0, 1))
    return pa.record_batch([*empty, line, text], schema=schema)


def landing_schema(header: list[str]) -> pa.Schema:
    """Return the schema of the landing file: the extract's columns under their own names, then LINE and RAGGED."""
    return pa.schema([*((name, pa.string()) for name in _kept(header)), (LINE, pa.int64()), (RAGGED, pa.string())])


def _kept(header: list[str]) -> list[str]:
    return own_columns(header) + [name for name in header if normal_name(name) == REJECT_ID]


def _write(batches: Iterator[pa.RecordBatch], sink: object, header: Header) -> None:
    # Statistics of texts, and dictionaries of values that hardly repeat, take half of the time and nobody reads them.
    sparing = {"write_statistics": [LINE, RAGGED], "dictionary_pagesize_limit": _DICTIONARY}
    with pq.ParquetWriter(sink, landing_schema(header.names), compression="lz4", **sparing) as writer:
        for batch in batches:
            if batch.num_rows:
                writer.write_batch(batch, row_group_size=_ROW_GROUP)


def _check_end(text: CsvText, last: pa.RecordBatch | None, counter: LineCounter, *, place: tuple[str, int]) -> None:
    """Refuse a file whose last record was left open by a quote: it has swallowed the records after it."""
    file, line = place
    value = last.column(last.num_columns - 1)[-1].as_py() if last is not None else ""
    swallowed = _runs_to_the_end(value, text)
    if counter.ragged and counter.ragged[-1][1].count('"') % 2 and _runs_to_the_end(counter.ragged[-1][1], text):
        swallowed, line = True, counter.last_ragged_line
    if swallowed:
        todo = "close the quote, or write a quote inside a value twice"
        raise ExtractError(Problem("a quote opened in this record is never closed", todo, at=Place(file, line)))


def _check_final_line_end(text: CsvText, header: str, file: str) -> None:
    """Refuse a file whose last line does not end: an amount of 6000.00 that was cut off may read as 60."""
    end = text.tail or header.encode()
    if not end.endswith((b"\n", b"\r")):
        found = "the last line has no line end: the file may have been cut off, or may still be being written"
        todo = "deliver it again, whole; if this system never ends its last line, say `final_line_end: optional`"
        raise ExtractError(Problem(found, todo, at=Place(file, text.line)))


def _runs_to_the_end(value: str, text: CsvText) -> bool:
    """Return whether `value` holds line breaks and reaches to the end of the file without a closing quote."""
    end_of_value = value.rstrip("\r\n").encode()[-TAIL:]
    end_of_file = text.tail.rstrip(b"\r\n")
    return "\n" in value and end_of_file.endswith(end_of_value) and not end_of_file.endswith(b'"')


def _unreadable(error: Exception, file: str, line: int) -> Problem:
    # The word in pyarrow's message for a record longer than a block; there is no class for it.
    if "straddling" in str(error):
        found = f"after this line comes a record longer than {LONGEST_RECORD >> 20} MB"
        return Problem(found, "look for a quote that is never closed, or shorten the value", at=Place(file, line))
    return Problem(
        f"the text cannot be read on from here ({error})", "look for damage after this line", at=Place(file, line)
    )
