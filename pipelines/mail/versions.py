"""The version of a statement: what of it is new to the payee, rather than how far this month has come since."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING

from pipelines.books.decisions import read_payouts
from pipelines.warehouse.frames import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from pipelines.books.runs import OpenRun

LINES = """
    SELECT payee_id, posting_id, currency, CAST(amount AS VARCHAR) AS amount
    FROM payable WHERE payout_period = ? ORDER BY posting_id
"""


def statement_versions(connection: duckdb.DuckDBPyConnection, run: OpenRun, payees: Iterable[str]) -> dict[str, str]:
    """Return the version of each payee's statement: a hash of its month, its payouts and the postings they are made of.

    What is still running changes with every sale: it makes no new version, or there would be a mail every night.
    """
    parts: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    payouts = read_payouts(connection, run).filter(payout_period=run.payout_period).sort("payout_id")
    for payee_id, *paid in payouts.select("payee_id", "payout_id", "currency", "amount").iter_rows():
        parts[payee_id].append(("payout", *map(str, paid)))
    for payee_id, *posted in read(connection, LINES, [run.payout_period]).iter_rows():
        parts[payee_id].append(("posting", *posted))
    return {
        payee: hashlib.sha256(json.dumps([payee, run.payout_period, parts[payee]]).encode()).hexdigest()
        for payee in payees
    }
