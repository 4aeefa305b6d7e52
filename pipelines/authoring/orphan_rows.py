"""What the data holds against the rules: rows in force that name a rule that does not exist, and refused files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.unknown_sales import unknown_sales
from pipelines.intake.refused_files import read_refused_files
from pipelines.warehouse.frames import has_table, read, read_row
from rules.authoring.orphan_rows import stray_rows
from rules.compiled.nodes import unknown_level
from rules.language.finding import Finding, finding_of
from rules.language.yaml_text import parse_yaml
from schemas.errors import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from rules.language.model import Program
    from schemas.errors import Problem

NAMED = {
    "enrolments": "program, CAST(NULL AS VARCHAR) AS rebate, CAST(NULL AS VARCHAR) AS period",
    "targets": "program, rebate, period",
    "baselines": "program, rebate, period",
}
"""What the rows of each data set name, as SQL."""


def refused_files(connection: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Return a warning for every file that the last run refused whole: the rules pay without what is in it."""
    return [
        Finding(f"the last run refused it: {found}", todo, "warning", "refused", at=Place(path, line or 0))
        for _, path, line, found, todo in read_refused_files(connection).iter_rows()
    ]


def find_stray(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program]) -> list[Finding]:
    """Return a finding for each row in force that names a missing rule, and one for all of each other kind.

    Those are returns that name a missing sale, and transactions of days on which no row of their member holds. None
    before anything is loaded.
    """
    rows = {
        data_set: read(
            connection,
            f"SELECT {names}, path, line FROM {data_set} JOIN loads USING (load_seq) WHERE superseded_seq IS NULL",  # noqa: S608 - names come from code
        )
        for data_set, names in NAMED.items()
        if has_table(connection, data_set)
    }
    gone = read(connection, "SELECT DISTINCT program FROM rule_versions")["program"].to_list()
    nameless = [finding_of(problem, kind="stray") for problem in unknown_sales(connection)]
    return [*stray_rows(rows, programs, gone), *nameless, *_of_no_partner(connection, programs)]


OF_NO_PARTNER = """
    WITH held AS (
        SELECT member_id, COALESCE(valid_from, DATE '0001-01-01') AS begins,
            COALESCE(valid_to, DATE '9999-12-31') AS ends
        FROM members WHERE superseded_seq IS NULL
    )
    SELECT l.path, t.line, t.member_id, t.activity_date, COUNT(*) OVER () AS rows
    FROM transactions AS t JOIN loads AS l USING (load_seq)
    WHERE superseded_seq IS NULL AND activity_date BETWEEN ? AND ?
        AND member_id IN (SELECT member_id FROM held WHERE begins > ? OR ends < ?)
        AND NOT EXISTS (
            SELECT 1 FROM held AS h WHERE h.member_id = t.member_id AND t.activity_date BETWEEN h.begins AND h.ends
        )
    ORDER BY l.path, t.line LIMIT 1
"""
"""The first transaction of a day on which no row of its member holds, with how many there are."""


def _of_no_partner(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program]) -> list[Finding]:
    """Return a warning for transactions of days on which their member was no partner: they count in no program."""
    if not programs or not has_table(connection, "transactions"):
        return []
    first, last = (
        min(program.effective.start for program in programs),
        max(program.effective.end for program in programs),
    )
    found = connection.execute(OF_NO_PARTNER, [first, last, first, last]).fetchall()
    return [
        Finding(
            f"{member} bought on {day}, when no row of members holds for it: it counts in no program "
            f"(rows like this: {rows:,})",
            "if it was a partner then, let its row begin earlier or end later",
            "warning",
            "stray",
            at=Place(path, line),
        )
        for path, line, member, day, rows in found
    ]


def unknown_levels(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program]) -> list[Problem]:
    """Return a problem for each program that accumulates at a level no edge has; none before members are loaded."""
    is_made = read_row(connection, "SELECT COUNT(*) FROM pragma_table_info('hierarchy')") != (0,)
    if not is_made or read_row(connection, "SELECT COUNT(*) FROM members") == (0,):
        return []
    query = "SELECT DISTINCT level FROM hierarchy WHERE superseded_seq IS NULL AND level IS NOT NULL"
    levels = read(connection, query)["level"].to_list()
    found = [unknown_level(program, parse_yaml(program.text, program.file), levels) for program in programs]
    return [problem for problem in found if problem is not None]
