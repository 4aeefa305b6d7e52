"""The text of a CSV file: unpacked, strictly decoded, passed on as UTF-8; every fault has its line and column."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import os
import zlib
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from pipelines.sources.file_kinds import foreign_problem
from pipelines.sources.limits import most_unpacked, unpacked_problem
from pipelines.workspace.regular_files import open_regular
from schemas.errors import ExtractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Bytes read at a time (1 MiB).
_CHUNK = 1 << 20
# Bytes: a file without line ends is refused rather than read into memory whole.
_LONGEST_HEADER = 1 << 20
TAIL = 64
"""Bytes at the end of what was read that are kept, to see how the file ends."""

# Systems that come from CP/M and DOS write one byte more, which says that the file ends here.
_END_OF_FILE = b"\x1a"
_GZIP_MAGIC = b"\x1f\x8b"
_UTF8 = codecs.lookup("utf-8").name


class CsvText:
    """A readable stream of UTF-8 bytes, as pyarrow reads it; a fault is kept in `problem` and raised.

    pyarrow reads in a thread of its own and may wrap what is raised there, so `problem` is authoritative.
    """

    closed = False

    def __init__(self, raw: IO[bytes], *, encoding: str, file: str, packed: int | None = None) -> None:
        """Prepare to read `raw`, written in `encoding`; `file` is its name in problems.

        packed: the bytes that `raw` is unpacked from; None if it is read as it is.
        """
        self.problem: Problem | None = None
        self.tail = b""
        self._raw = raw
        self._encoding = codecs.lookup(encoding).name
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._file = file
        self._buffer = self._held = b""
        self._packed, self._size = packed, 0
        self._line, self._column = 1, 1
        self._begun = self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes (all that is left if negative); none at the end."""
        while not self._ended and (size < 0 or len(self._buffer) < size):
            self._fill(max(size, _CHUNK))
            # A short read is allowed: pyarrow asks again until nothing comes.
            if size >= 0 and self._buffer:
                break
        size = len(self._buffer) if size < 0 else size
        result, self._buffer = self._buffer[:size], self._buffer[size:]
        self.tail = (self.tail + result[-TAIL:])[-TAIL:]
        return result

    def close(self) -> None:
        """Do nothing: whoever opened the file closes it."""

    def seekable(self) -> bool:
        """Return False: it reads forward only."""
        return False

    def readable(self) -> bool:
        """Return True."""
        return True

    def skip_lines(self, count: int) -> None:
        """Leave out `count` lines, as they end in the file.

        Raises:
            ExtractError: there are not so many.
        """
        for _ in range(count):
            end = self._find(lambda text: text.find(b"\n") + 1)
            if end <= 0:
                todo = "state fewer lines under `skip_lines:` of its source"
                found = f"the file has no header below {count} lines"
                raise ExtractError(Problem(found, todo, at=Place(self._file)))
            self._buffer = self._buffer[end:]

    def following(self, delimiter: str, most: int) -> list[list[str]]:
        """Return the cells of up to `most` records that come next, without reading them away."""
        self._find(lambda text: text.count(b"\n") >= most or -1)
        whole = self._buffer if self._ended else self._buffer[: self._buffer.rfind(b"\n") + 1]
        rows = csv.reader(
            io.StringIO(whole.decode(errors="replace")[:_LONGEST_HEADER], newline=""), delimiter=delimiter
        )
        with suppress(csv.Error):
            return list(itertools.islice(rows, most))
        return []

    def take_header(self, delimiter: str) -> tuple[list[str], str]:
        """Return the cells and the text of the first record; the stream continues after it.

        Raises:
            ExtractError: there is none.
        """
        end = self._find(_header_end)
        if not self._buffer.strip():
            todo = "export it again; if there is nothing to report, leave the file out or write its header line"
            raise ExtractError(Problem("the file is empty", todo, at=Place(self._file)))
        if end < 0 and not self._ended:
            raise ExtractError(
                Problem("the header line does not end", "look for a missing quote", at=Place(self._file, 1))
            )
        end = len(self._buffer) if end < 0 else end
        text = self._buffer[:end].decode()
        self._buffer = self._buffer[end:]
        try:
            return next(csv.reader([text.rstrip("\r\n")], delimiter=delimiter)), text
        except csv.Error as error:
            todo = "end lines with a line feed, close the quotes, and write one line of column names"
            raise ExtractError(
                Problem(f"the header cannot be read ({error})", todo, at=Place(self._file, 1))
            ) from error

    @property
    def line(self) -> int:
        """Return the number of the line that was read last."""
        return self._line

    def _find(self, end_in: Callable[[bytes], int]) -> int:
        """Read on until `end_in` finds a place in what is read; return it, or what it returns if there is none."""
        while not self._ended and end_in(self._buffer) <= 0 and len(self._buffer) < _LONGEST_HEADER:
            self._fill(_CHUNK)
        return end_in(self._buffer)

    def is_at_end(self) -> bool:
        """Return whether nothing is left to read."""
        while not self._buffer and not self._ended:
            self._fill(_CHUNK)
        return not self._buffer

    def size_if_short(self) -> int | None:
        """Return the number of bytes left if the next chunk is the last; None if there may be more."""
        if not self._ended:
            self._fill(_CHUNK)
        return len(self._buffer) if self._ended else None

    def _fill(self, size: int) -> None:
        try:
            chunk = self._raw.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            todo = "copy or export it again: it is cut off or damaged"
            raise self._refused(
                Problem(f"the gzip file cannot be unpacked ({error})", todo, at=Place(self._file))
            ) from error
        if chunk and not self._begun and (problem := foreign_problem(chunk, self._encoding, self._file)):
            raise self._refused(problem)
        self._size += len(chunk)
        if self._packed is not None and self._size > most_unpacked(self._packed):
            raise self._refused(unpacked_problem(self._packed, self._file))
        try:
            text = self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise self._refused(self._undecodable(error)) from error
        if not self._begun and text:
            self._begun = True
            # Byte-order marks (two where files were joined): part of the encoding, not of the first column's name.
            while text.startswith("\ufeff"):
                text, chunk = text[1:], chunk[len(codecs.BOM_UTF8) :]
        self._ended = not chunk
        # UTF-8 is passed on as it is; a character cut by the end of a chunk is completed by the next chunk.
        content = self._held + (chunk if self._encoding == _UTF8 else text.encode())
        # Held back until more comes: at the end of the file it is no part of the text.
        self._buffer += content.rstrip(_END_OF_FILE)
        self._held = content[len(content.rstrip(_END_OF_FILE)) :]
        self._advance(text)

    def _advance(self, text: str) -> None:
        lines = text.count("\n")
        self._line += lines
        self._column = len(text) - text.rfind("\n") if lines else self._column + len(text)

    def _undecodable(self, error: UnicodeDecodeError) -> Problem:
        # The decoder stopped inside this chunk: count up to the bad byte, for the line and column of the problem.
        self._advance(error.object[: error.start].decode(self._encoding, "replace"))
        found = f"byte 0x{error.object[error.start]:02x} is not {self._encoding}"
        todo = "save the file in that encoding, or state its own: `encoding: cp932`, `latin-1`, …"
        return Problem(found, todo, at=Place(self._file, self._line, self._column))

    def _refused(self, problem: Problem) -> ExtractError:
        self.problem = problem
        return ExtractError(problem)


@contextmanager
def open_text(path: Path, *, encoding: str, file: str) -> Iterator[CsvText]:
    """Open a CSV file, packed with gzip or not, as a stream of text; `file` is its name in problems."""
    with open_regular(path) as raw:
        # By content, not by name: an extract called .csv may be packed.
        is_packed = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        raw.seek(0)
        if not is_packed:
            yield CsvText(raw, encoding=encoding, file=file)
            return
        with gzip.open(raw) as unpacked:
            size = os.fstat(raw.fileno()).st_size
            yield CsvText(unpacked, encoding=encoding, file=file, packed=size)  # type: ignore[arg-type]


def _header_end(text: bytes) -> int:
    """Return the offset after the first record of `text`: a line end outside quotes; -1 if it does not end."""
    end = text.find(b"\n") + 1
    while end and text.count(b'"', 0, end) % 2:
        end = text.find(b"\n", end) + 1
    return end or -1
