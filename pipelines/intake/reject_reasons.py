"""Reject reasons: one word for programs, and advice for people."""

from __future__ import annotations

import re

from schemas.catalogue import DATA_SETS
from schemas.checks import CURRENCY, FACTOR, SHA256
from schemas.opening_hours import HOURS

MISSING = "missing"
RAGGED = "columns"
LOOKS_ALIKE = "looks_alike"
REPEATED_KEY = "repeated_key"
CUT_SHORT = "cut_short"
KNOWN_ROW = "known_row"

_TODO = {
    MISSING: "fill in {column}",
    REPEATED_KEY: "these rows have one key and say different things: correct {column}, name what tells them apart in "
    "`key:` of the source, or say in `repeated_keys:` which of them counts (`last`, or a column that orders versions)",
    CUT_SHORT: "export {column} as text: a spreadsheet has taken its last digits away; if it is a key, `key:` of the "
    "source may name other columns that tell rows apart",
    RAGGED: "write as many values as the header has columns; put values that hold the delimiter in quotes",
    "not_a_number": "write digits and one decimal mark: no thousands marks, exponents, currency signs or NaN",
    "too_many_decimals": "round {column} yourself to what it may hold: it is never rounded here",
    "out_of_range": "correct {column}: it is too large or too small",
    "not_a_date": "write an existing day in the `date_format` of the source (by default 2026-01-31)",
    "not_a_timestamp": "write local time without a zone: 2026-01-31T14:30",
    "not_a_boolean": "write true or false",
    "not_an_integer": "write digits only",
    "not_whole": "write whole numbers in {column}: it came as a float that is none, or too large to be exact",
    "implied": "write {column} as a whole number, or take it out of `implied_decimals:` of its source",
    "no_minor_unit": "write a currency of ISO 4217 that has a minor unit",
    "unknown_type": "say what the type means for its source",
    "unknown_sign": "say what the word does to the figures, under `signs:` of its source",
    "sign_twice": "correct {column}: its row has a word that adds or takes away, and a minus sign as well; where "
    "figures have their own sign, write as_written under `signs:` of its source",
    "header_again": "take the line out: it repeats the header, as where files were joined",
    "not_an_id": "write an id with letters or digits",
    "not_a_currency": "write the three-letter code of ISO 4217, such as USD",
    "not_a_factor": "write a decimal or a fraction above zero, such as 12, 0.5 or 1/12",
    "not_hours": "write days and hours, such as mon-fri 09:00-12:00, 13:00-17:00; sat 09:00-12:00",
    "not_a_hash": "write the SHA-256 of the file as 64 hexadecimal digits",
    "not_a_time_zone": "write the name of a zone in the IANA database, such as Europe/Berlin",
    "not_allowed": "write one of the values that {column} may have{choices}",
    "too_long": "shorten {column} to at most 10,000 characters; look for a quote that is never closed",
    "control_character": "remove the invisible control character from {column}",
    "invisible_character": "remove the character that nobody sees from {column} (zero-width, a direction mark, …)",
    "looks_alike": "write {column} as the other one if it is the same, or name it so that people can tell them apart; "
    "`ids: {{case: upper}}` takes small and capital letters to be alike",
    KNOWN_ROW: "export {column} as it was written before: a row that says the same counts under that id, perhaps with "
    "leading zeros; if this is another row, put the file of rejects among the extracts as it is",
    "sign": "returns and credits have zero or less, sales zero or more; if the extract writes returns as positive "
    "figures, say `returns: positive` for its source",
    "future_date": "correct activity_date or received_on: a sale cannot be known before it happens",
    "dates_order": "correct the dates: the end comes before the beginning",
    "kind": "write {column} as its kind says: a number of at most 15 digits and 10 "
    "decimals, true or false, a date (2026-01-31), or make it text",
}
_BY_CHECK = (
    (re.compile(r"not_nullable"), MISSING),
    (re.compile(r"isin\("), "not_allowed"),
    (re.compile(r"(greater|less)_than"), "out_of_range"),
    (re.compile(re.escape(f"str_matches('{CURRENCY}')")), "not_a_currency"),
    (re.compile(re.escape(f"str_matches('{FACTOR}')")), "not_a_factor"),
    (re.compile(re.escape(f"str_matches('{HOURS}')")), "not_hours"),
    (re.compile(re.escape(f"str_matches('{SHA256}')")), "not_a_hash"),
)


def unknown(data_set: str) -> str:
    """Return the reason for an id that is not in `data_set`."""
    return f"unknown_{data_set.removesuffix('s')}"


def reason_of(check: str) -> str:
    """Return the reason for a failed check of a model; checks of whole rows are named reason:column."""
    found = next((reason for pattern, reason in _BY_CHECK if pattern.match(check)), None)
    if found:
        return found
    reason = check.partition(":")[0]
    if reason not in _TODO:
        message = f"no reason is given for the check {check!r}"
        raise LookupError(message)
    return reason


def todo(reason: str, column: str, data_set: str, option: str | None = None) -> str:
    """Return what to do about `reason` in `column`; `option` of the source would read the value."""
    general = _general(reason, column, data_set)
    if option is None:
        return general
    return option if reason in {"unknown_type", "unknown_sign"} else f"{option}; or {general}"


def _general(reason: str, column: str, data_set: str) -> str:
    if reason == MISSING and column in DATA_SETS[data_set].key:
        return f"fill in {column}; if the line is no row but stands below them, say `footer:` for its source"
    if reason.startswith("unknown_") and reason not in _TODO:
        what = DATA_SETS[data_set].references[column]
        return f"correct {column}, or load the row of {what} first"
    return _TODO[reason].format(column=column, choices=_choices(column, data_set))


def _choices(column: str, data_set: str) -> str:
    columns = DATA_SETS[data_set].model.to_schema().columns
    checks = columns[column].checks if column in columns else []
    values = [check.statistics["allowed_values"] for check in checks if "allowed_values" in (check.statistics or {})]
    return f": {', '.join(values[0])}" if values else ""
