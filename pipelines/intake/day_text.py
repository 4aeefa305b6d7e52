"""Days and instants as texts: the SQL that reads what other systems write; a day never depends on the machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.warehouse.quoting import literal

if TYPE_CHECKING:
    from schemas.source import Source

DAY = r"\d{4}-\d{2}-\d{2}"
_TIME = r"\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_OFFSET = r" *(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)$"
_UTC = r"Z|UTC|GMT|[+-]00(:?00)?"
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "y": 2, "j": 3, "H": 2, "I": 2, "M": 2, "S": 2}
"""Digits of the parts of a day or time; where parts follow each other without a mark, they are told by these alone."""
_PARTS = re.compile(r"(?:%[YmdyjHIMS]){2,}|%-?.|[^%]+")
_ERAS = {"M明㍾": 1867, "T大㍽": 1911, "S昭㍼": 1925, "H平㍻": 1988, "R令㋿": 2018}
_ERA = r"([MTSHR㍾㍽㍼㍻㋿]|明治|大正|昭和|平成|令和) *(元|\d{1,2}) *[年./-] *(\d{1,2}) *[月./-] *(\d{1,2}) *日?"
_DAY_SECONDS = 86_400
_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999  # milliseconds from 1970 to the years 1 and 9999
_EXCEL_BEGINS, _EXCEL_FIRST = "1899-12-30", 61  # before March 1900 spreadsheets count a day that never was

WIDE, NARROW = "０１２３４５６７８９／．－：　ＭＴＳＨＲ", "0123456789/.-: MTSHR"  # noqa: RUF001  # as Japanese systems write


def day(value: str, name: str, source: Source) -> str:
    """Return the SQL that types a cleaned text as the day it counts on; NULL where it is not one.

    A text that does not fit is tried again with its full-width signs as others, and without blanks beside marks, by
    which one-digit months are filled up: 1/ 5/2026.
    """
    pattern = source.date_formats.get(name, source.date_format)
    return _first(value, _read(value, pattern, source), _read(_plain(value, pattern), pattern, source))


def day_at_once(value: str, name: str, source: Source) -> str:
    """Return the SQL that types a text as a day where it is written as its source says; else NULL."""
    return _read(value, source.date_formats.get(name, source.date_format), source)


def _first(value: str, *readings: str) -> str:
    """Return the first of several readings of `value` that is one."""
    # Within a CASE, DuckDB leaves parts of the later readings where they are: most texts never come to them.
    return f"CASE WHEN {value} IS NOT NULL THEN COALESCE({', '.join(readings)}) END"


def _plain(value: str, pattern: str) -> str:
    narrow = f"translate({value}, {literal(WIDE)}, {literal(NARROW)})"
    return narrow if " " in pattern else f"regexp_replace({narrow}, '([^0-9]) +| +([^0-9])', '\\1\\2', 'g')"


def _read(value: str, pattern: str, source: Source) -> str:
    if pattern == "%Y-%m-%d":
        return f"CASE WHEN regexp_full_match({value}, '{DAY}') THEN TRY_CAST({value} AS DATE) END"
    if pattern in _FORMS:
        return _FORMS[pattern](value, source.time_zone)
    if pattern.endswith("%z"):
        moment = _parsed(_without_offset(value), pattern[:-2].rstrip())
        return f"CAST({_local(moment, value, source.time_zone)} AS DATE)"
    return f"CAST({_parsed(value, pattern)} AS DATE)"


def _parsed(value: str, pattern: str) -> str:
    """Return the SQL of the time that a text says in a pattern of strftime; NULL where it says none, or might another.

    What is finer than a microsecond is cut off: no day depends on it. Parts without a mark between them must have all
    their digits: 2026111 could be the 1st of November or the 11th of January.
    """
    parts = _PARTS.findall(pattern)
    text = f"regexp_replace({value}, '([.,][0-9]{{6}})[0-9]{{1,3}}', '\\1')" if "%f" in pattern else value
    parsed = f"try_strptime({text}, {literal(pattern)})"
    runs = [sum(_WIDTHS[code] for code in part[1::2]) if part.count("%") > 1 else 0 for part in parts]
    if not any(runs):
        return parsed
    shape = "".join(
        f"[0-9]{{{run}}}" if run else ".+" if part[0] == "%" else re.escape(part)
        for part, run in zip(parts, runs, strict=True)
    )
    return f"CASE WHEN regexp_full_match({value}, {literal(shape)}) THEN {parsed} END"


def moment(value: str, name: str, source: Source) -> str:
    """Return the SQL that types a cleaned text as a local time; NULL where it is not one.

    Without a form of its own in `date_formats`, a time is written as ISO 8601 says.
    """
    if pattern := source.date_formats.get(name):
        plain = _read_moment(_plain(value, pattern), pattern, source)
        return _first(value, _read_moment(value, pattern, source), plain)
    whole = f"CASE WHEN regexp_full_match({value}, '{DAY}([T ]{_TIME})?') THEN TRY_CAST({value} AS TIMESTAMP) END"
    written = f"TRY_CAST({_without_offset(value)} AS TIMESTAMP)"
    has_offset = f"regexp_full_match({value}, {literal(f'{DAY}[T ]{_TIME}{_OFFSET}')})"
    return f"COALESCE({whole}, CASE WHEN {has_offset} THEN {_local(written, value, source.time_zone)} END)"


def _read_moment(value: str, pattern: str, source: Source) -> str:
    if pattern.endswith("%z"):
        return _local(_parsed(_without_offset(value), pattern[:-2].rstrip()), value, source.time_zone)
    if pattern.startswith("unix"):
        return _instant(value, pattern, source.time_zone)
    if pattern == "excel_serial":
        part = f"TRY_CAST('0' || regexp_extract({value}, '[.][0-9]+$') AS DECIMAL(18, 12))"
        return f"{_excel(value, None)} + to_seconds(CAST(round(COALESCE({part}, 0) * {_DAY_SECONDS}) AS BIGINT))"
    if pattern in _FORMS:
        return f"CAST({_FORMS[pattern](value, source.time_zone)} AS TIMESTAMP)"
    return _parsed(value, pattern)


def in_zone(instant: str, zone: str) -> str:
    """Return the SQL of the local time of an instant (TIMESTAMPTZ) in `zone`."""
    return f"timezone({literal(zone)}, {instant})"


def _without_offset(value: str) -> str:
    return f"regexp_replace({value}, {literal(_OFFSET)}, '')"


def _local(moment: str, value: str, zone: str | None) -> str:
    """Return the local time of a time written with its offset: in `zone`, else as it is written.

    Without a zone an instant in UTC is NULL: the day it belongs to cannot be known.
    """
    offset = f"regexp_extract({value}, {literal(_OFFSET)}, 1)"
    if zone is None:
        return f"CASE WHEN {offset} <> '' AND NOT {_is_utc(offset)} THEN {moment} END"
    hours = f"TRY_CAST({offset}[1:3] AS INTEGER)"
    minutes = f"CASE WHEN length({offset}) > 3 THEN TRY_CAST({offset}[1:1] || {offset}[-2:] AS INTEGER) ELSE 0 END"
    ahead = f"CASE WHEN {_is_utc(offset)} THEN 0 ELSE {hours} * 60 + {minutes} END"
    return in_zone(f"timezone('UTC', {moment} - to_minutes(CAST({ahead} AS BIGINT)))", zone)


def _is_utc(offset: str) -> str:
    return f"regexp_full_match({offset}, '{_UTC}')"


def _excel(value: str, _zone: str | None) -> str:
    number = f"TRY_CAST(regexp_extract({value}, '^[0-9]+') AS INTEGER)"
    is_one = f"regexp_full_match({value}, '[0-9]{{1,7}}([.][0-9]+)?') AND {number} >= {_EXCEL_FIRST}"
    return f"CASE WHEN {is_one} THEN DATE '{_EXCEL_BEGINS}' + {number} END"


def _seconds(value: str, zone: str | None) -> str:
    return f"CAST({_instant(value, 'unix_seconds', zone)} AS DATE)"


def _milliseconds(value: str, zone: str | None) -> str:
    return f"CAST({_instant(value, 'unix_milliseconds', zone)} AS DATE)"


def _instant(value: str, pattern: str, zone: str | None) -> str:
    """Return the SQL of the local time in `zone` of an instant counted from 1970; NULL without a zone."""
    if zone is None:
        return "CAST(NULL AS TIMESTAMP)"
    unit = 1000 if pattern == "unix_seconds" else 1
    count = f"TRY_CAST({value} AS BIGINT)"
    instant = in_zone(f"timezone('UTC', epoch_ms({count} * {unit}))", zone)
    is_one = f"regexp_full_match({value}, '-?[0-9]{{1,15}}') AND {count} BETWEEN {_FIRST // unit} AND {_LAST // unit}"
    return f"CASE WHEN {is_one} THEN {instant} END"


def _cyymmdd(value: str, _zone: str | None) -> str:
    number = f"TRY_CAST({value} AS INTEGER)"
    is_one = f"regexp_full_match({value}, '[0-9]{{5,7}}')"
    return f"CASE WHEN {is_one} THEN CAST(try_strptime(CAST({number} + 19000000 AS VARCHAR), '%Y%m%d') AS DATE) END"


def _cyyddd(value: str, _zone: str | None) -> str:
    number = f"TRY_CAST({value} AS INTEGER)"
    year, nth = f"{number} // 1000 + 1900", f"{number} % 1000"
    found = f"make_date(CAST({year} AS BIGINT), 1, 1) + CAST({nth} - 1 AS INTEGER)"
    is_one = f"regexp_full_match({value}, '[0-9]{{4,6}}') AND {nth} >= 1"
    return f"CASE WHEN {is_one} AND year({found}) = {year} THEN {found} END"


def _japanese_era(value: str, _zone: str | None) -> str:
    part = [f"regexp_extract({value}, {literal(_ERA)}, {n})" for n in range(5)]
    begins = " ".join(f"WHEN {literal(signs)} THEN {year}" for signs, year in _eras())
    year = f"(CASE left({part[1]}, 1) {begins} END + CASE WHEN {part[2]} = '元' THEN 1 ELSE "
    year += f"TRY_CAST({part[2]} AS INTEGER) END)"
    text = f"{year} || '-' || {part[3]} || '-' || {part[4]}"
    return (
        f"CASE WHEN regexp_full_match({value}, {literal(_ERA)}) THEN CAST(try_strptime({text}, '%Y-%m-%d') AS DATE) END"
    )


def _eras() -> list[tuple[str, int]]:
    return [(sign, year) for signs, year in _ERAS.items() for sign in signs]


_FORMS = {
    "excel_serial": _excel,
    "unix_seconds": _seconds,
    "unix_milliseconds": _milliseconds,
    "cyymmdd": _cyymmdd,
    "cyyddd": _cyyddd,
    "japanese_era": _japanese_era,
}
