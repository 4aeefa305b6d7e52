"""The page of the data sets: every column of an extract, from the models in `schemas`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reference_maker.markdown import code, codes, page, table
from schemas.bank import BANK_COLUMNS
from schemas.catalogue import ALWAYS_NEEDED, DATA_SETS
from schemas.checks import CURRENCY, FACTOR, SHA256
from schemas.opening_hours import HOURS

if TYPE_CHECKING:
    from schemas.catalogue import Column, DataSet

INTRODUCTION = """\
An extract is a file of one data set, one row a line. Which files hold which data set, and how they write names, days
and numbers, stands in `rebatch.yaml`: see [sources](configuration.md#source). The names below are those of Rebatch.

- A *required* column is filled in every row, by the extract or by a constant of its source. Any other may be empty or
  left out.
- Columns that are not listed are kept too: rules may filter by them.
- *id*: text, leading zeros kept, compared as [ids](configuration.md#ids) says.
- *day*: an existing day between 1900 and 2199, by default written 2026-01-31.
- *time*: local time without a zone, written 2026-01-31T14:30.
- *number*: digits and one decimal mark; no thousands marks, no exponents; never rounded unasked.
- A row whose value is not of its type is rejected by name; the others go on. `rebatch rejects` lists what to do.
"""

PAYEES = """\
With a [bank](configuration.md#bank) an export asks for these extra columns of [members](#members), all texts. An IBAN
alone is enough; an account that is none needs its bank beside it.
"""

_KINDS: dict[type[pl.DataType], str] = {
    pl.Date: "day",
    pl.Datetime: "time",
    pl.Boolean: "true or false",
    pl.Int32: "whole number",
}
_PATTERNS = {
    CURRENCY: "currency code (ISO 4217)",
    FACTOR: "decimal or fraction above zero",
    HOURS: "days and hours: `mon-fri 09:00-12:00, 13:00-17:00; sat 09:00-12:00`",
    SHA256: "64 hexadecimal digits",
}


def data_sets_page() -> str:
    """Return the page: a section for every data set, in load order."""
    contents = table(
        ("data set", "one row is", "needs a source"),
        ((_link(data_set.name), _one_row(data_set), _needed(data_set)) for data_set in DATA_SETS.values()),
    )
    sections = (_section(data_set) for data_set in DATA_SETS.values())
    return page("Data sets", "the models in `schemas/`", INTRODUCTION, contents, *sections, _bank_columns())


def _needed(data_set: DataSet) -> str:
    """Return whether a workspace needs a source of it: always, where another data set refers to it, or never."""
    if data_set.name in ALWAYS_NEEDED:
        return "always"
    others = [other.name for other in DATA_SETS.values() if data_set.name in other.needs]
    return f"with {', '.join(others)}" if others else "no"


def _bank_columns() -> str:
    rows = ((code(name), meaning) for name, meaning in BANK_COLUMNS.items())
    return "\n\n".join(("## How a payee is paid", PAYEES.strip(), table(("column of members", "meaning"), rows)))


def _section(data_set: DataSet) -> str:
    rows = [
        (code(column.name), column.description, _type(data_set, column), code(column.example))
        for column in data_set.columns
    ]
    return "\n\n".join(
        (
            f"## {data_set.name}",
            " ".join(_remarks(data_set)),
            table(("column", "meaning", "type", "example"), rows),
        )
    )


def _remarks(data_set: DataSet) -> list[str]:
    remarks = [(data_set.model.__doc__ or "").strip(), f"A row is known by {codes(data_set.key)}."]
    if data_set.required:
        remarks.append("Where it has a source, a run needs a file, unless the source says `optional: true`.")
    remarks += [f"Its {code(column)} must be found in {_link(other)}." for column, other in data_set.references.items()]
    if not data_set.blocks:
        remarks.append("A broken extract of it does not stop the run.")
    return remarks


def _type(data_set: DataSet, column: Column) -> str:
    kind = "id" if column.name in data_set.ids else _kind(data_set, column)
    return kind if column.nullable else f"{kind}; *required*"


def _kind(data_set: DataSet, column: Column) -> str:
    if isinstance(column.dtype, pl.Decimal):
        whole = column.dtype.precision - column.dtype.scale
        return f"number, {whole} digits and {column.dtype.scale} decimals at most"
    if isinstance(column.dtype, pl.String):
        found = [check.statistics or {} for check in data_set.model.to_schema().columns[column.name].checks]
        options = [option for each in found for option in each.get("allowed_values", ())]
        patterns = [_PATTERNS[each["pattern"]] for each in found if "pattern" in each]
        return codes(options) or "".join(patterns) or "text"
    return _KINDS[type(column.dtype)]


def _one_row(data_set: DataSet) -> str:
    said = (data_set.model.__doc__ or "").strip()
    return said.removeprefix("One row is ").removesuffix(".")


def _link(name: str) -> str:
    return f"[{name}](#{name})"
