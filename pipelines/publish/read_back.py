"""The last check before files appear: what was written is read back and compared with the ledger."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.workspace.files import sha256_of_file
from pipelines.workspace.profiles import shipped_profile
from reports.erp.payouts import LINES_FILE, PAYOUTS_FILE
from schemas.errors import InvariantError, Place, Problem
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from reports.erp.manifest import FileRecord

Totals = dict[str, Decimal]


def check_written(folder: Path, records: Sequence[FileRecord], ledger: Mapping[str, Decimal]) -> None:
    """Refuse a folder whose files, read back, differ from those rendered or do not add up to the ledger.

    `ledger` is the sum of the payout period's postings per currency.

    Raises:
        InvariantError: naming each file, payout or currency that is not as it should be.
    """
    problems = [*_changed(folder, records), *_unbalanced(folder, records, ledger), *_broken_payouts(folder)]
    if problems:
        raise InvariantError(*problems)


def _changed(folder: Path, records: Iterable[FileRecord]) -> Iterator[Problem]:
    for record in records:
        if sha256_of_file(folder / record.path) != record.sha256:
            yield _problem(record.path, "the file read back is not the one that was written")


def _unbalanced(folder: Path, records: Sequence[FileRecord], ledger: Mapping[str, Decimal]) -> Iterator[Problem]:
    """Yield a problem for each file and currency whose total differs from the ledger's."""
    found = {name: _sums(folder / name, "currency") for name in (PAYOUTS_FILE, LINES_FILE)}
    found["statements"] = _stated(records)
    for name, sums in found.items():
        for currency in sorted(ledger.keys() | sums.keys()):
            booked, written = ledger.get(currency, ZERO), sums.get(currency, ZERO)
            if booked != written:
                yield _problem(name, f"the total in {currency} is {written}, that of the ledger {booked}")


def _broken_payouts(folder: Path) -> Iterator[Problem]:
    payouts, lines = (_sums(folder / name, "payout_id") for name in (PAYOUTS_FILE, LINES_FILE))
    for payout_id in sorted(payouts.keys() | lines.keys()):
        paid, added = payouts.get(payout_id), lines.get(payout_id)
        if paid != added:
            yield _problem(PAYOUTS_FILE, f"payout {payout_id or '(none)'} is {paid}, its lines add up to {added}")


def _sums(path: Path, by: str) -> Totals:
    """Return the amounts of a payout file added up by the column `by`, read with Python's csv module.

    That shares no code with the renderer, so a mistake there cannot hide here.
    """
    sums: Totals = {}
    profile = shipped_profile("generic")
    with path.open(encoding=profile.encoding, newline="") as file:
        for row in csv.DictReader(file, delimiter=profile.delimiter, strict=True):
            sums[row[by]] = sums.get(row[by], ZERO) + Decimal(row["amount"])
    return sums


def _stated(records: Iterable[FileRecord]) -> Totals:
    sums: Totals = {}
    for record in records:
        for currency, amount in record.totals.items() if record.payee_id is not None else ():
            sums[currency] = sums.get(currency, ZERO) + Decimal(amount)
    return sums


def _problem(file: str, found: str) -> Problem:
    return Problem(found, "nothing was published; report this, the ledger itself is as it was", at=Place(file))
