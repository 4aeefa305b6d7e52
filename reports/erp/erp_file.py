"""A file for the ERP as its profile describes it: which columns in which order, and in which format."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import amount_text, check_minor_units, value_text, with_digits
from reports.erp.cell_checks import FORMULA, Cells, Check, safe, unencodable
from reports.erp.flaws import Flaw
from schemas.errors import BooksError, Place, Problem
from schemas.export_fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemas.profile import Column, File, Profile

CORRECT_IT = "correct it where it comes from (the members extract, or the program's file), then run again"
_LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
_OWNER = {"payouts": ("payee_id", "payout_id"), "lines": ("member_id", "program")}
_NAMED = {"payouts": "payout_id", "lines": "posting_id"}


def render_file(
    rows: pl.DataFrame, file: File, profile: Profile, *, digits: Mapping[str, int], values: Mapping[str, str]
) -> bytes:
    """Render `rows`, in their order, with the columns of `file`.

    rows: the fields of schemas.export_fields.FIELDS that the columns name; digits: the decimals of each currency;
    values: what the workspace states for the profile.

    Raises:
        BooksError: names every cell that holds characters that the encoding lacks, is too long for its field, or is
            required and empty; where the profile says `formulas: refuse`, also those that would be run as a formula
            or hold control characters.
        InvariantError: an amount has more decimals than its currency.
    """
    numbered = _numbered(rows, digits)
    check_minor_units(numbered, file=file.name, name=_NAMED[file.rows])
    cells = _cells(numbered, file, profile, values)
    placed = _placed(cells, numbered, file, profile)
    if problems := placed.problems(_checks(placed, file, profile)):
        raise BooksError(*problems)
    return cells.write_csv(
        None,
        include_header=profile.header,
        separator=profile.delimiter,
        line_terminator=_LINE_ENDS[profile.line_end],
        quote_style="always" if profile.quotes == "always" else "necessary",
    ).encode(profile.encoding)


def file_flaws(
    rows: pl.DataFrame, file: File, profile: Profile, *, digits: Mapping[str, int], values: Mapping[str, str]
) -> list[Flaw]:
    """Return everything for which `render_file` would refuse the texts of `rows`, with the documents they are in.

    rows: as for `render_file`, with document_id.
    """
    numbered = _numbered(rows, digits)
    placed = _placed(_cells(numbered, file, profile, values), numbered, file, profile)
    # The file is not written with these rows: its name is a place, a line number would lead to another row.
    return [
        Flaw(rows["document_id"][problem.at.line - placed.first_line], replace(problem, at=Place(file.name)))
        for problem in placed.problems(_checks(placed, file, profile))
    ]


def _numbered(rows: pl.DataFrame, digits: Mapping[str, int]) -> pl.DataFrame:
    return with_digits(rows, digits).with_row_index("number", 1)


def _cells(numbered: pl.DataFrame, file: File, profile: Profile, values: Mapping[str, str]) -> pl.DataFrame:
    return numbered.select(_cell(column, file, profile, values) for column in file.columns)


def _placed(cells: pl.DataFrame, numbered: pl.DataFrame, file: File, profile: Profile) -> Cells:
    """Return the cells of a file with who owns each row and where it stands."""
    owner = [pl.format("{} '{}'", pl.lit(name), pl.col(name).fill_null("")) for name in _OWNER[file.rows]]
    who = numbered.select(who=pl.concat_str(owner, separator=", "))["who"]
    return Cells(cells, who, file=file.name, first_line=1 + profile.header, todo=CORRECT_IT)


def value_problems(profile: Profile, values: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with the values that the workspace states, or fails to state, for `profile`."""
    todo = "state it in rebatch.yaml, under payouts: values:"
    columns = [column for file in profile.files for column in file.columns]
    return sorted(
        {
            Problem(f"the profile {profile.profile!r} needs the value {column.value!r}{fault}", todo)
            for column in columns
            if column.value is not None and (fault := _fault(column, values.get(column.value), profile)) is not None
        }
    )


def _fault(column: Column, text: str | None, profile: Profile) -> str | None:
    """Return what is wrong with a value, empty if it is missing; None if it is right."""
    if text is None or (column.required and not text.strip()):
        return ""
    if column.most is not None and len(text) > column.most:
        return f": {text!r} is longer than {column.most} characters"
    if re.match(FORMULA, text):
        return f": {text!r} would be run as a formula"
    character = unencodable(text, profile.encoding)
    return f": {text!r} holds {character!r}, which {profile.encoding} does not have" if character else None


def _checks(cells: Cells, file: File, profile: Profile) -> Iterator[Check]:
    for column in (column for column in file.columns if column.field is not None):
        if FIELDS[file.rows][column.field or ""].kind == "text":
            yield from cells.would_run(column.title)
            yield from cells.not_in(column.title, profile.encoding)
        if column.most is not None:
            yield from cells.longer_than(column.title, column.most)
        if column.required:
            yield from cells.missing(column.title)


def _cell(column: Column, file: File, profile: Profile, values: Mapping[str, str]) -> pl.Expr:
    if column.field is None:
        text = column.constant if column.value is None else values[column.value]
        return pl.lit(text or None, dtype=pl.String).alias(column.title)
    kind = FIELDS[file.rows][column.field].kind
    if kind == "day":
        return pl.col(column.field).dt.strftime(profile.date_format).alias(column.title)
    if kind in {"money", "figure"}:
        return _figure(column, kind, profile).alias(column.title)
    written = pl.col(column.field).cast(pl.String)
    is_safe = kind == "text" and profile.formulas == "apostrophe"
    return (safe(written) if is_safe else written).alias(column.title)


def _figure(column: Column, kind: str, profile: Profile) -> pl.Expr:
    field = column.field or ""
    text = amount_text(field, "digits") if kind == "money" else value_text(field)
    if column.reversed:
        # Zero has no sign: -0.00 is no amount.
        is_zero = text.str.contains(r"^-?[0.]*$")
        text = pl.when(is_zero).then(text).when(text.str.starts_with("-")).then(text.str.slice(1)).otherwise("-" + text)
    if profile.negative == "trailing":
        text = pl.when(text.str.starts_with("-")).then(text.str.slice(1) + "-").otherwise(text)
    # Last, because the steps above rely on a decimal point.
    return text.str.replace(".", profile.decimal_mark, literal=True)
