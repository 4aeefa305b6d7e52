"""The fields that may stand in the files of an export, by what a row of a file is: a payout, or a line of one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.output_columns import OutputColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_BOTH = {
    "number": OutputColumn("whole", "number of the row in its file, from 1", "1"),
    "payout_id": OutputColumn("text", "id of the payout", "2026-11-USD-4e9b65a354a9"),
    "document_id": OutputColumn(
        "text", "id of the payout, with the attempt behind it from the second on", "2026-11-USD-4e9b65a354a9-2"
    ),
    "short_id": OutputColumn(
        "text", "the same in 14 to 16 characters, for systems with short document numbers", "4e9b65a354a9-2"
    ),
    "attempt": OutputColumn("whole", "which export of the payout it is; above 1 once the ERP has refused it", "2"),
    "batch_id": OutputColumn("text", "id of the export", "2026-12-01-6b57bf1a055d"),
    "exported_on": OutputColumn("day", "day of the export", "2026-12-01"),
    "payee_id": OutputColumn("text", "who is paid", "D-0001"),
    "payee_name": OutputColumn("text", "name of the payee", "Northside Garage"),
    "amount": OutputColumn("money", "what is paid, of a line its part; below zero: what the payee owes", "1234.50"),
    "currency": OutputColumn("text", "currency of the amount", "USD"),
    "payout_period": OutputColumn("text", "month in which the payout was made", "2026-11"),
    "due_on": OutputColumn("day", "day on which the payout is due", "2026-12-30"),
}
_OF_PAYOUTS = {
    "reference": OutputColumn("text", "what the payee reads on its account", "Rebate 2026-11"),
    "kind": OutputColumn("text", "payout; or invoice: what the payee owes, which no export ever holds", "payout"),
    "status": OutputColumn("text", "how far the payout is: draft, in_review, approved, …", "approved"),
    "lines": OutputColumn("whole", "number of its lines", "2"),
}
_OF_LINES = {
    "reference": OutputColumn("text", "clause of the agreement that pays it", "Agreement 2026-014, clause 3"),
    "line": OutputColumn("whole", "number of the line in its payout, from 1", "1"),
    "program": OutputColumn("text", "id of the program", "volume-bonus-2026"),
    "rebate": OutputColumn("text", "id of the rebate in the program", "quarterly-volume"),
    "member_id": OutputColumn("text", "who earned it", "D-0001"),
    "period": OutputColumn("text", "period of the rebate", "2026-Q3"),
    "kind": OutputColumn("text", "kind of the posting: rebate, restatement, adjustment, carry_forward, …", "rebate"),
    "settled_through": OutputColumn("day", "last day that the amount covers", "2026-09-30"),
    "measure": OutputColumn(
        "figure", "figure that the rate was multiplied by; empty where there is none, or several", "2600"
    ),
    "qualifier": OutputColumn("figure", "figure that selected the tier; empty where there is none, or several", "7.4"),
    "tier": OutputColumn("whole", "number of the tier reached, 0 for none; empty where there are several", "1"),
    "posting_id": OutputColumn("text", "id of the posting in the ledger", "c7e7f57e8eaa52ff"),
    "reason": OutputColumn("text", "why it was posted", "settled through 2026-09-30"),
}

FIELDS: Mapping[str, Mapping[str, OutputColumn]] = MappingProxyType(
    {"payouts": MappingProxyType(_OF_BOTH | _OF_PAYOUTS), "lines": MappingProxyType(_OF_BOTH | _OF_LINES)}
)
"""What a column of a file may hold, by what a row of the file is."""

IDS = frozenset({"payout_id", "document_id", "short_id"})
"""The fields by which an answer of the ERP finds its payout."""
