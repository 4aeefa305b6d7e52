"""Kinds of files: what the first bytes of a file show it to be, where that is not the text it is said to be."""

from __future__ import annotations

import codecs
import re

from schemas.errors import Place, Problem

_SAVE = "save it as CSV"
_UNPACK = "unpack it, or pack it with gzip, which is read"
_FOREIGN = (
    (rb"PAR1", "Parquet", "write `format: parquet`"),
    (rb"PK(\x03\x04|\x05\x06)", "a zip or Excel file", _SAVE),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel file of old", _SAVE),
    (rb"%PDF", "a PDF", _SAVE),
    (rb"BZh[1-9]1AY", "packed with bzip2", _UNPACK),
    (rb"\x28\xb5\x2f\xfd", "packed with zstd", _UNPACK),
    (rb"\xfd7zXZ\x00", "packed with xz", _UNPACK),
    (rb"7z\xbc\xaf\x27\x1c", "packed with 7-Zip", _UNPACK),
    (rb"(?i)(\xef\xbb\xbf)?\s*<(\?xml|!doctype|html|head|meta|style|body|table)\b", "a page of HTML or XML", _SAVE),
    (rb"(\xef\xbb\xbf)?\s*(\[\s*\{|\{\s*\")", "JSON", _SAVE),
)
_SEEN = 16  # bytes by which a header of plain letters is known


def foreign_problem(chunk: bytes, encoding: str, file: str) -> Problem | None:
    """Return what is wrong with a file that begins with `chunk`, if it is no text in `encoding` (its codec's name)."""
    if found := _other_encoding(chunk, encoding):
        return Problem(f"this is not {encoding} but {found}", f"say `encoding: {found}` for its source", at=Place(file))
    for magic, kind, todo in _FOREIGN:
        if re.match(magic, chunk):
            return Problem(f"this is not CSV but {kind}", todo, at=Place(file))
    return None


def _other_encoding(chunk: bytes, encoding: str) -> str | None:
    """Return the encoding that a file begins to be in, if that is another; None if its first bytes do not show it.

    A mark of the byte order is a mark in any encoding: in none of one byte a character would a text begin with it.
    """
    if encoding.startswith(("utf-16", "utf-32")):
        return None
    if chunk.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if chunk.startswith(codecs.BOM_UTF8) and not encoding.startswith("utf-8"):
        return "utf-8"
    start = chunk[:_SEEN]
    even, odd = (len(part) > 1 and not any(part) for part in (start[::2], start[1::2]))
    return "utf-16-be" if even else "utf-16-le" if odd else None
