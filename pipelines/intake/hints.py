"""Hints: which option of a source would read a value that was refused; never one that might read it wrongly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import literal
from schemas.transactions import KNOWN_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.source import Source

_WORDS = ("unknown_type", "unknown_sign", "unknown_member", "unknown_product", "out_of_range")
_SHAPES = ("not_a_number", "not_a_date", "not_a_timestamp")
_LONGEST = 60
_NOTHING = re.compile(r"(?i)(\\n|null|none|nan|nat|n/?a|#n/a|nil|-+|\?+|[0./: -]+)")
_IN_THREES = re.compile(r"[+-]?\d{1,3}([.,' \u00a0\u2009\u202f\u2019])\d{3}(?:\1\d{3})*(?:([.,])\d+)?[+-]?")
_MARKS = {".": ".", ",": ",", "'": "'", "\u2019": "'"}
_DAYS = (
    (r"\d{4}-\d\d-\d\d", "%Y-%m-%d"),
    (r"\d{4}/\d\d?/\d\d?", "%Y/%m/%d"),
    (r"\d{4}[.]\d\d?[.]\d\d?", "%Y.%m.%d"),
    (r"\d{4}年\d\d?月\d\d?日", "%Y年%m月%d日"),
    (r"\d\d?[.]\d\d?[.]\d{4}", "%d.%m.%Y"),
    (r"\d\d?/\d\d?/\d{4}", "%d/%m/%Y` or `%m/%d/%Y"),
    (r"\d\d?-\d\d?-\d{4}", "%d-%m-%Y` or `%m-%d-%Y"),
    (r"\d\d?-[A-Za-z]{3}-\d{4}", "%d-%b-%Y"),
    (r"\d\d?-[A-Za-z]{3}-\d\d", "%d-%b-%y"),
    (r"\d{8}", "%Y%m%d"),
    (r"\d{5}", "excel_serial"),
    (r"1\d{6}", "cyymmdd"),
    (r"1\d{5}", "cyyddd"),
    (r"\d{10}", "unix_seconds"),
    (r"\d{13}", "unix_milliseconds"),
    (r"[MTSHR明大昭平令]\D{0,2}\d.*", "japanese_era"),
)
_TIMES = (
    (r"\d\d:\d\d:\d\d[.]\d+", "%H:%M:%S.%f"),
    (r"\d\d:\d\d:\d\d", "%H:%M:%S"),
    (r"\d\d:\d\d", "%H:%M"),
)
_OFFSET = re.compile(r" ?(Z|[+-]\d\d:?\d\d)$")
_LAST_DAY = "valid_to"


def shape(reason: str, value: str) -> str:
    """Return the SQL of all that a hint depends on: few different texts, however many values were refused."""
    words, shapes = (", ".join(map(literal, reasons)) for reasons in (_WORDS, _SHAPES))
    is_zero = f"regexp_full_match({value}, '[0./: -]+')"
    return (
        f"left(CASE WHEN {reason} IN ({words}) OR {is_zero} THEN {value} "
        f"WHEN {reason} IN ({shapes}) THEN regexp_replace({value}, '[2-9]', '1', 'g') END, {_LONGEST})"
    )


def hint(reason: str, column: str, value: str, source: Source) -> str | None:
    """Return what to write for the source of a refused `value` (its shape), or None if no option would read it."""
    text = value.strip()
    return next(_hints(reason, column, text, source), None)


def _hints(reason: str, column: str, text: str, source: Source) -> Iterator[str]:
    if reason in {"unknown_type", "unknown_sign"}:
        yield _word(column, text, source)
    if _NOTHING.fullmatch(text) and text not in source.nothing:
        yield f"if {text} stands for an empty cell, say `nothing: [{_yaml(text)}]` for its source"
    if reason == "not_a_number":
        yield from _number(text, source)
    if reason in {"not_a_date", "not_a_timestamp"}:
        yield from _day(column, text, source, is_day=reason == "not_a_date")
    if reason == "out_of_range" and column == _LAST_DAY:
        yield f"if {text} means for ever, add it to `open_end:` of its source"


def _word(column: str, word: str, source: Source) -> str:
    if column != "type":
        return f"say under `signs: {column}:` of its source what {_yaml(word)} does: plus, minus or as_written"
    signs = "as_written" if source.signs.keys() - {"type"} else "plus, minus or as_written"
    return (
        f"say what {_yaml(word)} means: in `values: {{type: {{{_yaml(word)}: ...}}}}` of its source as one of "
        f"{', '.join(KNOWN_TYPES)}; or, to keep the word, in `signs: {{type: {{{_yaml(word)}: ...}}}}` as {signs}"
    )


def _number(text: str, source: Source) -> Iterator[str]:
    yield from _thousands(text, source)
    other = "," if source.decimal_mark == "." else "."
    if re.fullmatch(r"[+-]?\d+[.,]\d+[+-]?", text) and other in text:
        yield f"if {_yaml(other)} stands before decimals, say `decimal_mark: {_yaml(other)}` for its source"
    if re.fullmatch(r"\(.*\)", text):
        yield 'if brackets make it negative, say `number_marks: {"()": minus}` for its source'
    if len(re.findall(r"[-\u2212\uff0d]", text)) > 1:
        yield "write one minus sign"
    if re.fullmatch(r"[+-]?[\d.,]+[eE][+-]?\d+", text):
        yield "export it as text or with all its digits: an exponent may hide some"
    yield from _beside(text)


def _thousands(text: str, source: Source) -> Iterator[str]:
    grouped = _IN_THREES.fullmatch(text)
    mark = _MARKS.get(grouped[1], " ") if grouped else source.thousands_mark
    if grouped and mark != source.thousands_mark:
        point = grouped[2] or ("," if mark == "." else source.decimal_mark)
        also = "" if point == source.decimal_mark else f" and `decimal_mark: {_yaml(point)}`"
        if point != mark:
            yield f"if {_yaml(mark)} stands between thousands, say `thousands_mark: {_yaml(mark)}`{also} for its source"
    elif source.thousands_mark != "none" and source.thousands_mark in text:
        yield f"write the thousands mark {_yaml(source.thousands_mark)} in threes, or leave it out"


def _beside(text: str) -> Iterator[str]:
    around = re.fullmatch(r"[-+]?(\D*?)\s*[-+]?\d.*?\d?\s*([^\d.,]*)", text)
    signs = [sign.strip("+- ") for sign in (around.groups() if around else ())]
    if any(signs):
        meaning = ", ".join(f"{_yaml(sign)}: ..." for sign in signs if sign)
        yield f"say what stands beside the digits: `number_marks: {{{meaning}}}` with minus, plus or ignore"


def _day(column: str, text: str, source: Source, *, is_day: bool) -> Iterator[str]:
    offset = _OFFSET.search(text)
    pattern = source.date_formats.get(column, source.date_format)
    needs_zone = pattern.startswith("unix") or (offset and (pattern.endswith("%z") or not is_day))
    if source.time_zone is None and needs_zone:
        yield "say where an instant becomes a day, such as `time_zone: Asia/Tokyo`, for its source"
    if not is_day:
        return
    body = text[: offset.start()] if offset else text
    for day, name in _DAYS:
        for between, time in [("", ""), *((f"[T ]{form}", code) for form, code in _TIMES)]:
            if re.fullmatch(day + between, body):
                mark = "T" if "T" in body else " "
                found = name + (f"{mark}{time}" if time else "") + ("%z" if offset else "")
                if found != pattern:
                    yield f"say `date_formats: {{{column}: ...}}` for its source: the day looks like `{found}`"


def _yaml(text: str) -> str:
    """Return a text as it may stand in YAML, in quotes unless it is a plain word."""
    is_plain = re.fullmatch(r"[^\W\d]\w*", text) and text.casefold() not in _YAML_WORDS
    # In single quotes YAML takes everything as it is, a backslash too; only the quote itself is doubled.
    return text if is_plain else "'" + text.replace("'", "''") + "'"


_YAML_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
