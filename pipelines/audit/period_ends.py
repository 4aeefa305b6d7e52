"""Which periods end on the day of a run, and from when they are settled: a run of the last day settles none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.calculation.rule_files import load_programs
from pipelines.console.tables import Table
from rules.compiled.periods import ending_on

if TYPE_CHECKING:
    from datetime import date

    from pipelines.workspace.configuration import Workspace


def period_ends(workspace: Workspace, day: date) -> list[Table]:
    """Return one table of what ends on `day`, with the first day whose run settles it; none if nothing ends.

    Raises:
        RuleError: a rule file cannot be accepted.
    """
    ends = ending_on(load_programs(workspace), day)
    return [] if ends.is_empty() else [Table("period_ends", "Ends on this day and is not settled yet", ends)]
