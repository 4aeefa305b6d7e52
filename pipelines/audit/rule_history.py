"""Rule history: every wording that was ever run, and since when the books knew it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from rules.language.wording import split_wording
from rules.language.yaml_text import parse_yaml, written

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

HISTORY = read_sql("audit", "history")
"""Every wording with the runs that used it.

When a wording became known is derived from the runs that used it, so that it cannot contradict them. A run that was
stopped before posting made nothing known.
"""

VERSIONS = pl.Schema(
    {
        "program": pl.String(),
        "file": pl.String(),
        "version": pl.String(),
        "calendar": pl.String(),
        "from": pl.String(),
        "to": pl.String(),
        "known_on": pl.Date(),
        "first_run": pl.String(),
        "last_run": pl.String(),
        "in_force": pl.Boolean(),
    }
)

_SHOWN = 12
"""Characters of a version that are shown: enough to tell it from others."""


def rule_history(workspace: Workspace) -> list[Table]:
    """Return every wording of every program: version, effective days, day it became known, first and last run.

    Raises:
        TerminalError: nothing was ever run here.
        WorkspaceBusyError: a run is writing just now.
    """
    with connect(workspace, read_only=True) as connection:
        stored = read(connection, HISTORY)
    rows = [{**row, **_said(row["text"]), "version": row["rule_version"][:_SHOWN]} for row in stored.to_dicts()]
    wanted = [{name: row[name] for name in VERSIONS} for row in rows]
    return [Table("rules", "Wordings, the oldest of each program first", pl.DataFrame(wanted, schema=VERSIONS))]


def _said(wording: str) -> dict[str, str]:
    """Return effective days and calendar as the text states them.

    It is not validated: an old wording need not pass today's checks.
    """
    text, calendar, _ = split_wording(wording)
    marked = parse_yaml(text, "")
    days = {key: written(marked.at(("effective", key))) for key in ("from", "to")}
    return {**days, "calendar": calendar or "gregorian"}
