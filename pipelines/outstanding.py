"""Outstanding: what is still to be paid of every payout, at which step it stands, and how long it has been due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.frames import read
from pipelines.outcomes import answers_in_doubt
from pipelines.tables import Table
from pipelines.warehouse import connect
from rules.ageing import aged, by_bracket

if TYPE_CHECKING:
    from datetime import date

    from pipelines.workspace import Workspace

OUTSTANDING = """
    WITH answered AS (
        SELECT subject AS payout_id, COALESCE(SUM(amount) FILTER (kind IN ('paid', 'short_paid')), 0) AS paid
        FROM decisions
        GROUP BY subject
    ),
    tried AS (SELECT payout_id, MAX(attempt) AS attempts FROM batch_payouts GROUP BY payout_id)
    SELECT p.payout_id, p.payee_id, p.status, COALESCE(t.attempts, 0) AS attempts, p.currency, p.amount,
        CAST(COALESCE(a.paid, 0) AS DECIMAL(18, 4)) AS paid,
        CAST(p.amount - COALESCE(a.paid, 0) AS DECIMAL(18, 4)) AS outstanding,
        p.due_on
    FROM payouts AS p
    LEFT JOIN answered AS a USING (payout_id)
    LEFT JOIN tried AS t USING (payout_id)
    WHERE p.kind = 'payout' AND p.amount > COALESCE(a.paid, 0)
    ORDER BY p.due_on, p.payee_id, p.currency, p.payout_id
"""


def outstanding(workspace: Workspace, as_of: date) -> list[Table]:
    """Show what is owed as the books stand now, aged by the day `as_of`, and the ERP's answers that are in doubt.

    A payout that was paid in part counts with the rest; one that the ERP refused counts whole.

    Raises:
        TerminalError: nothing was ever run here.
        WorkspaceBusyError: a run is writing just now.
    """
    with connect(workspace, read_only=True) as connection:
        payouts = aged(read(connection, OUTSTANDING), as_of)
        answers = answers_in_doubt(connection, workspace)
    return [
        Table("outstanding", f"Outstanding as of {as_of}", payouts),
        Table("ageing", "By days since they were due", by_bracket(payouts)),
        Table("answers", "Answers that were not accepted", answers),
    ]
