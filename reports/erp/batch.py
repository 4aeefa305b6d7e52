"""All files of an export, in the order in which they are written: the profile's, the bank's, manifest, trigger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import control_totals, with_digits
from reports.erp.bank_checks import check_bank, payment_flaws
from reports.erp.erp_file import file_flaws, render_file
from reports.erp.manifest import MANIFEST_FILE, FileRecord, render_batch_manifest, render_trigger
from reports.erp.pain001 import render_pain001
from schemas.bank import PAIN_FILE
from schemas.errors import BooksError, InvariantError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from reports.erp.flaws import Flaw
    from reports.erp.manifest import Anchors
    from schemas.bank import Bank
    from schemas.profile import File, Profile


@dataclass(frozen=True)
class Dress:
    """How an export is written: its profile, the neutral one for what that leaves out, its values, the paying bank."""

    profile: Profile
    neutral: Profile
    digits: Mapping[str, int]
    values: Mapping[str, str]
    bank: Bank | None = None


@dataclass(frozen=True)
class Batched:
    """The rows of an export, with every field of schemas.export_fields; `payments` has BANK_COLUMNS too."""

    batch_id: str
    exported_on: date
    payouts: pl.DataFrame
    lines: pl.DataFrame
    payments: pl.DataFrame


def render_batch(batched: Batched, dress: Dress, anchors: Anchors) -> list[tuple[str, bytes]]:
    """Return name and bytes of each file, the trigger last: when it appears all the others are there.

    anchors: the ends of the hash chains of the books that it is taken from.

    Raises:
        BooksError: names every text and account that is not allowed in them, in all files at once.
        InvariantError: an amount has more decimals than its currency, or a file does not match its schema.
    """
    files: list[tuple[FileRecord, bytes]] = []
    problems: list[Problem] = []
    for file, profile in _files(dress):
        try:
            files += _rendered(batched, file, profile, dress)
        except BooksError as error:
            # Go on with the other files, so that all problems are reported together.
            problems += error.problems
    if dress.bank is not None:
        try:
            files.append(_payments(batched, dress.bank, dress))
        except BooksError as error:
            problems += error.problems
    if problems:
        raise BooksError(*problems)
    records = [record for record, _ in files]
    manifest = render_batch_manifest(
        records,
        batch_id=batched.batch_id,
        exported_on=batched.exported_on,
        profile=dress.profile.profile,
        totals=_totals(batched.payouts, dress),
        anchors=anchors,
    )
    trigger = (dress.profile.trigger, render_trigger(manifest))
    return [*((record.path, content) for record, content in files), (MANIFEST_FILE, manifest), trigger]


def batch_flaws(batched: Batched, dress: Dress) -> list[Flaw]:
    """Return everything for which `render_batch` would refuse some of the payouts, each with its document.

    Raises:
        WorkspaceError: the bank would not take the payer's own name or address.
    """
    flaws = [
        flaw
        for file, profile in _files(dress)
        for flaw in file_flaws(_rows(batched, file), file, profile, digits=dress.digits, values=dress.values)
    ]
    if dress.bank is not None:
        check_bank(dress.bank, batched.payments["currency"].unique().sort())
        flaws += payment_flaws(batched.payments, dress.bank, file=PAIN_FILE)
    return flaws


def _files(dress: Dress) -> Iterator[tuple[File, Profile]]:
    """Yield each file of the profile, and the neutral lines file where it has none of its own."""
    yield from ((file, dress.profile) for file in dress.profile.files)
    if all(file.rows != "lines" for file in dress.profile.files):
        yield from ((file, dress.neutral) for file in dress.neutral.files if file.rows == "lines")


def _rows(batched: Batched, file: File) -> pl.DataFrame:
    return batched.payouts if file.rows == "payouts" else batched.lines


def _rendered(batched: Batched, file: File, profile: Profile, dress: Dress) -> Iterator[tuple[FileRecord, bytes]]:
    rows = _rows(batched, file)
    # The name decides: a file per currency where it contains the currency.
    parts = rows.partition_by("currency", maintain_order=True) if "{currency}" in file.name else [rows]
    for part in parts:
        name = file.name.format(batch=batched.batch_id, currency=part["currency"][0])
        named = file.model_copy(update={"name": name})
        content = render_file(part, named, profile, digits=dress.digits, values=dress.values)
        yield FileRecord.of(name, content, rows=part.height, totals=_totals(part, dress)), content


def _payments(batched: Batched, bank: Bank, dress: Dress) -> tuple[FileRecord, bytes]:
    content = render_pain001(
        batched.payments, bank, batch_id=batched.batch_id, exported_on=batched.exported_on, digits=dress.digits
    )
    totals = _totals(batched.payments, dress)
    return FileRecord.of(PAIN_FILE, content, rows=batched.payments.height, totals=totals), content


def _totals(rows: pl.DataFrame, dress: Dress) -> dict[str, str]:
    return control_totals(with_digits(rows, dress.digits))


def check_totals(batched: Batched) -> None:
    """Refuse a batch whose payouts are not the sums of their lines.

    Raises:
        InvariantError: names each such payout.
    """
    sums = batched.lines.group_by("payout_id").agg(added=pl.col("amount").sum())
    unequal = batched.payouts.join(sums, on="payout_id", how="left").filter(
        # ne_missing: a payout without any line has a null sum and must be found too.
        pl.col("amount").ne_missing(pl.col("added"))
    )
    todo = "run `rebatch verify`; nothing was exported"
    problems = [
        Problem(f"payout {row['payout_id']} is {row['amount']}, its lines add up to {row['added']}", todo)
        for row in unequal.iter_rows(named=True)
    ]
    if problems:
        raise InvariantError(*problems)
