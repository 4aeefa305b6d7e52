"""The bank accounts of payees, and the marks by which a change since an approval is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.payees import read_as_payees
from pipelines.warehouse.digest import sha256_of
from pipelines.warehouse.quoting import quoted
from schemas.bank import BANK_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import polars as pl

    from pipelines.books.runs import OpenRun

ROUTING = ("iban", "account", "bic", "clearing_system", "clearing_member_id")
"""The columns that decide where the money goes; a corrected name or address sends it nowhere else."""

_NO_ACCOUNT = "no account"
# Fewer characters would be shown whole by what masking leaves.
_LONG_IBAN, _LONG_ACCOUNT = 12, 6


def read_accounts(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return payee_id and BANK_COLUMNS, null where empty, of every member by the row valid on the as-of date."""
    # The columns exist only if an extract of members brought them.
    there = {name for name, *_ in connection.execute("DESCRIBE members").fetchall()}
    columns = [
        f"NULLIF(TRIM(CAST({quoted(name)} AS VARCHAR)), '') AS {quoted(name)}"
        if name in there
        else f"CAST(NULL AS VARCHAR) AS {quoted(name)}"
        for name in BANK_COLUMNS
    ]
    return read_as_payees(connection, run, columns)


def account_marks(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> dict[str, str]:
    """Return the mark of every payee's account: the account masked, and a hash of all that says where money goes."""
    accounts = read_accounts(connection, run).select("payee_id", *ROUTING)
    return {row["payee_id"]: _mark(row) for row in accounts.iter_rows(named=True)}


def difference(before: str, now: str) -> str | None:
    """Return how the account of the mark `now` differs from that of `before`, both masked; None if it is the same."""
    if before == now:
        return None
    was, is_now = (mark.rpartition(" #")[0] for mark in (before, now))
    return f"{was} → {is_now}" if was != is_now else f"{was}, but other characters between"


def _mark(row: Mapping[str, str | None]) -> str:
    return f"{masked(row)} #{sha256_of([row[name] or '' for name in ROUTING])[:16]}"


def masked(row: Mapping[str, str | None]) -> str:
    """Return an account so that who knows it recognises it, and nobody else can pay to it."""
    iban, account = row["iban"], row["account"]
    if iban:
        number = f"{iban[:4]}…{iban[-4:]}" if len(iban) > _LONG_IBAN else "IBAN …"
    elif account:
        number = f"account …{account[-3:]}" if len(account) > _LONG_ACCOUNT else "account …"
    else:
        return _NO_ACCOUNT
    clearing = (
        f"{row['clearing_system'] or ''} {row['clearing_member_id']}".strip() if row["clearing_member_id"] else ""
    )
    bank = ", ".join(filter(None, (row["bic"], clearing)))
    return f"{number} at {bank}" if bank else number
