"""Hints: which option of a source would read a value that was refused; never one that might read it wrongly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.intake import day_text
from pipelines.intake.cast_text import WORDS_FOR_NOTHING
from pipelines.intake.number_text import BRACKETS, NARROW, WIDE
from pipelines.intake.reject_reasons import RAGGED
from pipelines.warehouse.quoting import literal
from schemas.catalogue import DATA_SETS
from schemas.transactions import KNOWN_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.source import Source

_VALUES = ("not_a_boolean", "not_allowed", "not_a_currency")
_WORDS = ("unknown_type", "unknown_sign", "unknown_member", "unknown_product", "out_of_range", "not_an_id", *_VALUES)
_OF_IDS = ("not_an_id", "unknown_member", "unknown_product")
_SHAPES = ("not_a_number", "not_a_factor", "not_a_date", "not_a_timestamp")
_SWALLOWED = "¶"
_LONGEST = 60
_ESCAPED = r'\\"'  # a backslash and a quote
_NOTHING = re.compile(rf"(?i)({WORDS_FOR_NOTHING}|<?null>?|na|[-\u2013\u2014?*]+|[0./: -]+)")
_NARROW = str.maketrans(WIDE, NARROW)
_NARROW_DAYS = str.maketrans(day_text.WIDE, day_text.NARROW)
_FACTORS = frozenset(
    [
        "%",
        "‰",
        "k",
        "m",
        "mn",
        "mio",
        "mio.",
        "tsd",
        "tsd.",
        "bn",
        "千",
        "万",
        "百万",
        "億",
        "千円",
        "万円",
        "百万円",
        "億円",
    ]
)
"""What makes another figure of a number: a hint to ignore it would be wrong."""
_IN_THREES = re.compile(r"[+-]?\d{1,3}([.,' \u00a0\u2009\u202f\u2019])\d{3}(?:\1\d{3})*(?:([.,])\d+)?[+-]?")
_MARKS = {".": ".", ",": ",", "'": "'", "\u2019": "'"}
_DAYS = (
    (r"\d{4}-\d\d-\d\d", "%Y-%m-%d"),
    (r"\d{4}/\d\d?/\d\d?", "%Y/%m/%d"),
    (r"\d{4}[.]\d\d?[.]\d\d?", "%Y.%m.%d"),
    (r"\d{4}年\d\d?月\d\d?日", "%Y年%m月%d日"),
    (r"\d\d?[.]\d\d?[.]\d{4}", "%d.%m.%Y"),
    (r"\d\d?/\d\d?/\d{4}", "%d/%m/%Y` or `%m/%d/%Y"),
    (r"\d\d?/\d\d?/\d\d", "%d/%m/%y`, `%m/%d/%y` or `%y/%m/%d"),
    (r"\d\d?[.]\d\d?[.]\d\d", "%d.%m.%y` or `%y.%m.%d"),
    (r"\d\d?-\d\d?-\d{4}", "%d-%m-%Y` or `%m-%d-%Y"),
    (r"\d\d?-[A-Za-z]{3}-\d{4}", "%d-%b-%Y"),
    (r"\d\d?-[A-Za-z]{3}-\d\d", "%d-%b-%y"),
    (r"\d\d? [A-Za-z]{3} \d{4}", "%d %b %Y"),
    (r"\d\d? [A-Za-z]{4,9} \d{4}", "%d %B %Y"),
    (r"[A-Za-z]{3} \d\d?, \d{4}", "%b %d, %Y"),
    (r"[A-Za-z]{4,9} \d\d?, \d{4}", "%B %d, %Y"),
    (r"\d{8}", "%Y%m%d"),
    (r"\d{5}([.]\d+)?", "excel_serial"),
    (r"1\d{6}", "cyymmdd"),
    (r"1\d{5}", "cyyddd` or `%y%m%d"),
    (r"\d{10}", "unix_seconds"),
    (r"\d{13}", "unix_milliseconds"),
    (r"[MTSHR明大昭平令㍾㍽㍼㍻㋿]\D{0,2}\d.*|令和元.*", "japanese_era"),
)
_TIMES = (
    (r"\d\d?:\d\d:\d\d[.]\d+", "%H:%M:%S.%f"),
    (r"\d\d?:\d\d:\d\d", "%H:%M:%S"),
    (r"\d\d?:\d\d", "%H:%M"),
    (r"\d\d?:\d\d:\d\d [AaPp][Mm]", "%I:%M:%S %p"),
    (r"\d\d?:\d\d [AaPp][Mm]", "%I:%M %p"),
    (r"\d\d?[.]\d\d[.]\d\d[.]\d+ [AaPp][Mm]", "%I.%M.%S.%f %p"),
)
_OFFSET = re.compile(r" ?(Z|UTC|GMT|[+-]\d\d:?\d\d|(?<=:\d\d)[+-]\d\d|(?<=[.]\d{3})[+-]\d\d|(?<=[.]\d{6})[+-]\d\d)$")
_LAST_DAY = "valid_to"


def shape(reason: str, value: str) -> str:
    """Return the SQL of all that a hint depends on: few different texts, however many values were refused."""
    words, shapes = (", ".join(map(literal, reasons)) for reasons in (_WORDS, _SHAPES))
    is_zero = f"regexp_full_match({value}, '[0./: -]+')"
    return (
        f"left(CASE WHEN {reason} = {literal(RAGGED)} THEN regexp_extract({value}, {literal(_ESCAPED)}) "
        f"|| CASE WHEN contains({value}, chr(10)) THEN {literal(_SWALLOWED)} ELSE '' END "
        f"WHEN {reason} IN ({words}) OR {is_zero} THEN {value} "
        f"WHEN {reason} IN ({shapes}) THEN regexp_replace({value}, '[2-9]', '1', 'g') END, {_LONGEST})"
    )


def hint(reason: str, column: str, value: str, source: Source) -> str | None:
    """Return what to write for the source of a refused `value` (its shape), or None if no option would read it."""
    text = value.strip()
    return next(_hints(reason, column, text, source), None)


def _hints(reason: str, column: str, text: str, source: Source) -> Iterator[str]:
    if reason == RAGGED and _SWALLOWED in text:
        yield "close the quote that runs on into the next line, or write a quote inside a value twice"
    if reason == RAGGED and text and source.escape == "none":
        yield "if a quote inside a value has a backslash before it, say `escape: backslash` for its source"
    if reason in {"unknown_type", "unknown_sign"}:
        yield _word(column, text, source)
    # What is out of range is shown as it was read, which is not how it must stand under `nothing:`.
    if _NOTHING.fullmatch(text) and text not in source.nothing and reason != "out_of_range":
        yield f"if {text} stands for an empty cell, say `nothing: [{_yaml(text)}]` for its source"
    if reason in {"not_a_number", "not_a_factor"}:
        yield from _number(text, source)
    if reason in {"not_a_date", "not_a_timestamp"}:
        yield from _day(column, text, source, is_day=reason == "not_a_date")
    yield from _of_texts(reason, column, text, source)


def _of_texts(reason: str, column: str, text: str, source: Source) -> Iterator[str]:
    """Yield what would read a word, an id or a day that is out of range."""
    if reason in _VALUES:
        word = _yaml(text)
        yield f"say what {word} means: `values: {{{column}: {{{word}: ...}}}}` of its source"
    if reason in _OF_IDS and re.fullmatch(r"\d([.,]\d+)?[eE][+]\d+", text):
        yield "export it as text: a spreadsheet has taken its last digits away"
    if reason in _OF_IDS and text.startswith("'"):
        yield "export it without the apostrophe, or say `ids: {punctuation: strip}` if ids are letters and digits alone"
    if reason == "out_of_range" and column == _LAST_DAY:
        yield f"if {text} means for ever, add it to `open_end:` of its source"
    if reason == "out_of_range" and re.fullmatch(r"[01]\d{3}-\d\d-\d\d", text) and _is_plain_day(column, source):
        yield f"if {text} stands for an empty cell, say `nothing: [{_yaml(text)}]` for its source"


def _is_plain_day(column: str, source: Source) -> bool:
    """Return whether a day is shown as it is written, and may be left out."""
    is_plain = source.format == "csv" and source.date_formats.get(column, source.date_format) == "%Y-%m-%d"
    return is_plain and any(known.name == column and known.nullable for known in DATA_SETS[source.data_set].columns)


def _word(column: str, word: str, source: Source) -> str:
    if column != "type":
        return f"say under `signs: {column}:` of its source what {_yaml(word)} does: plus, minus or as_written"
    signs = "as_written" if source.signs.keys() - {"type"} else "plus, minus or as_written"
    return (
        f"say what {_yaml(word)} means: in `values: {{type: {{{_yaml(word)}: ...}}}}` of its source as one of "
        f"{', '.join(KNOWN_TYPES)}; or, to keep the word, in `signs: {{type: {{{_yaml(word)}: ...}}}}` as {signs}"
    )


def _number(text: str, source: Source) -> Iterator[str]:
    """Yield what would read a number: all that stands around its digits and between them, in one sentence."""
    if re.search(r"\d[eE][+-]?\d", text):
        yield "export it as text or with all its digits: an exponent may hide some"
        return
    plain = re.sub(r"\s+", " ", text.translate(_NARROW))
    if len(re.findall(r"[-\u2212]", plain)) > 1:
        yield "write one minus sign"
        return
    around = re.fullmatch(r"(\D*?)([-+]?\d.*\d|[-+]?\d)(\D*)", plain)
    if around is None:
        return
    before, core, after = around.groups()
    # A comma or point belongs to the number, a minus is read anyway.
    signs = [sign.strip(" ()+-") for sign in (before, after)]
    factor = next((sign for sign in signs if sign.casefold() in _FACTORS), None)
    if factor:
        yield f"write the whole figure: {factor} makes another of it"
        return
    if re.fullmatch(r"[{}A-R]", after) and not before and after.upper() not in _read_marks(source):
        yield (
            f"if {_yaml(after)} is a digit with its sign (zoned decimals), export it with a sign beside digits; if a "
            f"mark, say `number_marks: {{{_yaml(after)}: ...}}` with minus, plus or ignore"
        )
        return
    marks = [f"{_yaml(sign)}: ..." for sign in dict.fromkeys(signs) if sign and sign.upper() not in _read_marks(source)]
    options = [f"say what stands beside the digits: `number_marks: {{{', '.join(marks)}}}` with minus, plus or ignore"]
    options = options if marks else []
    if "(" in before and ")" in after and BRACKETS not in source.number_marks:
        options.append('if brackets make it negative, say `number_marks: {"()": minus}` for its source')
    if options := [*options, *_between(core, source)]:
        yield "; ".join(options)


def _between(core: str, source: Source) -> Iterator[str]:
    """Yield what the marks between the digits of a number may be."""
    grouped = _IN_THREES.fullmatch(core)
    mark = _MARKS.get(grouped[1], " ") if grouped else source.thousands_mark
    other = "," if source.decimal_mark == "." else "."
    is_decimal = re.fullmatch(rf"[+-]?\d+[{other}]\d+", core)
    told = []
    if grouped and mark != source.thousands_mark:
        point = grouped[2] or ("," if mark == "." else source.decimal_mark)
        also = "" if point == source.decimal_mark else f" and `decimal_mark: {_yaml(point)}`"
        if point != mark:
            told.append(f"if {_yaml(mark)} stands between thousands, say `thousands_mark: {_yaml(mark)}`{also}")
    if is_decimal and source.thousands_mark != other:
        told.append(f"if {_yaml(other)} stands before decimals, say `decimal_mark: {_yaml(other)}`")
    if told:
        yield f"{'; '.join(told)} for its source"
    elif not grouped and source.thousands_mark != "none" and source.thousands_mark in core:
        yield f"write the thousands mark {_yaml(source.thousands_mark)} in threes, or leave it out"


def _read_marks(source: Source) -> set[str]:
    return {mark.strip().upper() for mark in source.number_marks}


def _day(column: str, text: str, source: Source, *, is_day: bool) -> Iterator[str]:
    text = text.translate(_NARROW_DAYS)
    offset = _OFFSET.search(text)
    pattern = source.date_formats.get(column, source.date_format if is_day else "")
    needs_zone = pattern.startswith("unix") or (offset and (pattern.endswith("%z") or not is_day))
    if source.time_zone is None and needs_zone:
        yield "say where an instant becomes a day, such as `time_zone: Asia/Tokyo`, for its source"
    what = "day" if is_day else "time"
    body = text[: offset.start()] if offset else text
    for day, name in _DAYS:
        for between, time in [("", ""), *((f"[T ]{form}", code) for form, code in _TIMES)]:
            if re.fullmatch(day + between, body):
                mark = "T" if "T" in body else " "
                more = (f"{mark}{time}" if time else "") + ("%z" if offset else "")
                found = re.sub("(?=`[, ])|$", more, name)  # after each of several forms
                if found != pattern:
                    yield f"say `date_formats: {{{column}: ...}}` for its source: the {what} looks like `{found}`"


def _yaml(text: str) -> str:
    """Return a text as it may stand in YAML, in quotes unless it is a plain word."""
    is_plain = re.fullmatch(r"[^\W\d]\w*", text) and text.casefold() not in _YAML_WORDS
    # In single quotes YAML takes everything as it is, a backslash too; only the quote itself is doubled.
    return text if is_plain else "'" + text.replace("'", "''") + "'"


_YAML_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
