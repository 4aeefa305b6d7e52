"""Checks of an export profile beyond its keys: fields exist, names differ, and a payout can be booked from it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reports.erp.cell_checks import FORMULA
from reports.erp.manifest import MANIFEST_FILE
from reports.erp.payouts import LINES_FILE
from rules.language.reading import known, suggest
from schemas.bank import PAIN_FILE
from schemas.export_fields import FIELDS, IDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language.yaml_text import Marked, Path
    from schemas.errors import Problem
    from schemas.profile import Column, File, Profile

PLACEHOLDERS = frozenset({"batch", "currency"})
"""Words that may stand in braces in a file's name; with `currency` there is one file per currency."""

_BRACES = re.compile(r"\{([^{}]*)\}")


def check_profile(profile: Profile, marked: Marked) -> Iterator[Problem]:
    """Yield every problem of an export profile whose keys were read; parts of it may be unknown."""
    yield from _check_dress(profile, marked)
    files = list(enumerate(known(profile.files) or ()))
    for position, file in files:
        if known(file) is not None:
            yield from _check_file(file, profile, marked, ("files", position))
    yield from _check_names([(n, file.name) for n, file in files if known(file) and known(file.name)], profile, marked)
    # Across all files: the ERP may take the amount from one file and the currency from another.
    fields = {column.field for _, file in files if known(file) for column in known(file.columns) or () if known(column)}
    of_payouts = [file for _, file in files if known(file) and file.rows == "payouts"]
    if files and not of_payouts:
        yield marked.problem_at(("files",), "no file has a row for each payout", "give one of them rows: payouts")
    for needed in ("amount", "currency"):
        if of_payouts and needed not in fields:
            yield marked.problem_at(("files",), f"no column says the {needed}", f"add a column with field: {needed}")


def _check_dress(profile: Profile, marked: Marked) -> Iterator[Problem]:
    """Yield problems of the profile's own settings: its name, decimal mark and date format."""
    stem = PurePosixPath(marked.file).stem
    if known(profile.profile) not in {None, stem}:
        yield marked.problem_at(("profile",), f"profile is {profile.profile!r}", f"write {stem!r}, the file's own name")
    if known(profile.delimiter) == known(profile.decimal_mark):
        todo = "state a delimiter other than the decimal mark, such as ';'"
        yield marked.problem_at(("decimal_mark",), "the decimal mark is also the delimiter", todo)
    missing = [part for part in ("%Y", "%m", "%d") if part not in (known(profile.date_format) or part)]
    if missing:
        yield marked.problem_at(("date_format",), f"the date has no {', '.join(missing)}", "write it, as in %Y-%m-%d")


def _check_names(names: list[tuple[int, str]], profile: Profile, marked: Marked) -> Iterator[Problem]:
    # Names that an export writes itself: a profile's file would replace them.
    taken = {MANIFEST_FILE: "the manifest", known(profile.trigger): "the trigger", PAIN_FILE: "the bank's file"}
    if all(file.rows != "lines" for file in known(profile.files) or () if known(file)):
        taken[LINES_FILE] = "the file of the lines, which every export has"
    for position, name in names:
        path = ("files", position, "name")
        if name in taken:
            yield marked.problem_at(path, f"{name} is already {taken[name]}", "give the file another name")
        taken[name] = "another file"
        for word in _BRACES.findall(name):
            if word not in PLACEHOLDERS:
                yield marked.problem_at(path, f"{{{word}}} has no meaning in a name", suggest(word, PLACEHOLDERS))
        if re.search(r"[{}]", _BRACES.sub("", name)):
            yield marked.problem_at(path, "a brace stands alone in the name", "write {batch} or {currency}")


def _check_file(file: File, profile: Profile, marked: Marked, path: Path) -> Iterator[Problem]:
    columns = [(n, column) for n, column in enumerate(known(file.columns) or ()) if known(column) is not None]
    titles: set[str] = set()
    for position, column in columns:
        place = (*path, "columns", position)
        yield from _check_column(column, file, marked, place)
        if column.title and column.title in titles:
            found = f"the file has two columns {column.title!r}"
            yield marked.problem_at(place, found, "give one of them another header")
        titles.add(column.title)
        yield from _check_texts(column, profile, marked, place)
    if not any(column.field in IDS for _, column in columns):
        todo = f"add one with field: {', '.join(sorted(IDS))}"
        yield marked.problem_at((*path, "columns"), "no column says which payout a row is", todo)


def _check_column(column: Column, file: File, marked: Marked, path: Path) -> Iterator[Problem]:
    # Which keys were written matters, not their values: `constant: ""` is a constant too.
    given = [name for name in ("field", "constant", "value") if (*path, name) in marked.keys]
    is_short = path in marked.values and not any(key[: len(path)] == path for key in marked.keys)
    if len(given) + is_short != 1:
        found = f"the column has {' and '.join(given)}" if given else "the column says nothing"
        yield marked.problem_at(path, found, "give it one of field, constant, value")
    elif known(column.field) is None and column.header is None:
        yield marked.problem_at(path, "the column has no name", "add header: what the ERP calls it")
    fields = FIELDS.get(file.rows, {})
    if column.field is not None and fields and column.field not in fields:
        found = f"{column.field!r} is no field of {file.rows}"
        yield marked.problem_at((*path, "field"), found, suggest(column.field, fields))
    held = fields.get(column.field or "")
    if known(column.reversed) and (held is None or held.kind != "money"):
        yield marked.problem_at((*path, "reversed"), "only an amount has a sign to reverse", "remove it")


def _check_texts(column: Column, profile: Profile, marked: Marked, path: Path) -> Iterator[Problem]:
    """Yield problems of the column's fixed texts: not in the encoding, or read as a formula by a spreadsheet."""
    for name, text in (("header", column.title), ("constant", known(column.constant) or "")):
        try:
            text.encode(known(profile.encoding) or "utf-8")
        except UnicodeEncodeError as error:
            found = f"the character {text[error.start]!r} is not in the encoding {profile.encoding}"
            yield marked.problem_at((*path, name), found, "write it otherwise, or use another encoding")
    if re.match(FORMULA, column.constant or ""):
        found = f"{column.constant!r} would be run as a formula"
        yield marked.problem_at((*path, "constant"), found, "write it otherwise")
