"""The page of the files that come out, column by column, from the code that writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.intake import rejects
from pipelines.workspace.profiles import shipped_profile, shipped_profiles
from reference_maker.markdown import code, page, table
from reference_maker.output_text import (
    ACCOUNT,
    BANK,
    EXPORT,
    INTRODUCTION,
    JOURNAL,
    LISTED,
    OVERLAPS,
    PANELS,
    PROFILES,
    PURCHASES,
    REJECTS,
    STATEMENTS,
    SUMMED,
    TRANSACTIONS,
)
from reports.erp import journal, overlaps
from reports.erp.manifest import BATCH_KEYS, FILE_KEYS, RUN_KEYS
from reports.site import purchases
from reports.statement import entries_file, rebates_file, transactions_file
from schemas.export_fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemas.output_columns import OutputColumn
    from schemas.profile import Column, File, Profile

_KINDS = {
    "text": "text",
    "day": "day",
    "money": "amount",
    "figure": "number",
    "whole": "whole number",
    "list": "list of objects",
    "mapping": "object: name and text",
}
_RUN_FILES = {"payouts": "One row is a payout of the month.", "lines": "One row is a line of a payout: a posting."}
_ROWS = {"payouts": "a payout", "lines": "a line of a payout"}


def output_files_page() -> str:
    """Return the page: the files of a run, those of an export, and those of rejected rows."""
    return page(
        "Output files",
        "the code that writes the files",
        INTRODUCTION,
        *(_payout_file(file) for file in shipped_profile("generic").files),
        _columns("journal.csv", JOURNAL, journal.COLUMNS),
        _columns("overlaps.csv", OVERLAPS, overlaps.COLUMNS),
        _columns("The list of overlaps", LISTED, overlaps.LISTED),
        f"## statements/\n\n{STATEMENTS}",
        _columns("statements/…-account.csv", ACCOUNT, entries_file.COLUMNS),
        _columns("statements/…-transactions.csv", TRANSACTIONS, transactions_file.COLUMNS),
        _columns("site/…/transactions.csv", PURCHASES, purchases.COLUMNS),
        f"## panels/\n\n{PANELS}",
        _columns("statements/…-rebates.csv", SUMMED, rebates_file.COLUMNS),
        _columns("manifest.json of a run", "What the run is, and what is in its folder.", RUN_KEYS, of="key"),
        _columns("files: in a manifest", "Each of `files`, in a run and in an export.", FILE_KEYS, of="key"),
        f"## An export\n\n{EXPORT}",
        _columns("manifest.json of an export", "What the export is, and what is in its folder.", BATCH_KEYS, of="key"),
        f"## pain.001.xml\n\n{BANK}",
        f"## Fields of a profile\n\n{PROFILES}",
        _fields(),
        *(_profile(shipped_profile(name)) for name in shipped_profiles() if name != "generic"),
        _columns("rejects/", REJECTS, rejects.COLUMNS),
    )


def columns_of(file: File) -> Mapping[str, OutputColumn]:
    """Return the columns of a file of a profile that hold a field."""
    return {column.title: FIELDS[file.rows][column.field] for column in file.columns if column.field is not None}


def _payout_file(file: File) -> str:
    return _columns(file.name, f"{_RUN_FILES[file.rows]} It is in every run and in a generic export.", columns_of(file))


def _columns(title: str, said: str, columns: Mapping[str, OutputColumn], of: str = "column") -> str:
    rows = ((code(name), column.meaning, _KINDS[column.kind], code(column.example)) for name, column in columns.items())
    return f"## {title}\n\n{said.strip()}\n\n{table((of, 'meaning', 'type', 'example'), rows)}"


def _fields() -> str:
    return table(("field", "of", "meaning", "type", "example"), _field_rows())


def _field_rows() -> Iterator[tuple[str, ...]]:
    payouts, lines = FIELDS["payouts"], FIELDS["lines"]
    for name in {**payouts, **lines}:
        alike = payouts.get(name) == lines.get(name)
        for rows in ("payouts",) if alike else ("payouts", "lines"):
            column = FIELDS[rows].get(name)
            if column is not None:
                of = "both" if alike else rows
                yield code(name), of, column.meaning, _KINDS[column.kind], code(column.example)


def _profile(profile: Profile) -> str:
    parts = [f"### {profile.profile}", f"{profile.title}."]
    for file in profile.files:
        rows = ((code(column.title), _held(column), _most(column)) for column in file.columns)
        parts += [
            f"`{file.name}`, one row is {_ROWS[file.rows]}:",
            table(("column", "holds", "characters at most"), rows),
        ]
    return "\n\n".join(parts)


def _held(column: Column) -> str:
    if column.field is not None:
        return f"the field {code(column.field)}"
    if column.value is not None:
        return f"the value {code(column.value)} of rebatch.yaml"
    return f"always {code(column.constant)}" if column.constant else "nothing"


def _most(column: Column) -> str:
    return "" if column.most is None else str(column.most)
