"""The workspace's rule files, read and checked against the data they speak of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipelines.frames import read
from rules.load import read_programs
from schemas.catalogue import BOOKKEEPING
from schemas.errors import BooksError, Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import duckdb

    from pipelines.workspace import Workspace
    from rules.model import Program

OURS = frozenset(BOOKKEEPING) - {"source"}
"""What Rebatch keeps beside a row: where it came from may decide what it earns, the rest may not."""


def read_rule_texts(workspace: Workspace) -> dict[str, str]:
    """Read every rule file of the workspace: its path below the rules folder, and its text.

    Raises:
        RuleError: there are none, or one cannot be read as UTF-8.
    """
    folder = workspace.rules_dir
    texts: dict[str, str] = {}
    problems = []
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder).as_posix()
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(
                Problem(name, 0, 0, f"the file cannot be read ({error})", "write it as UTF-8, readable by all")
            )
    if not texts and not problems:
        problems.append(Problem(str(folder), 0, 0, "there is no rule file here", "add a program, such as dealer.yaml"))
    if problems:
        raise RuleError(*problems)
    return texts


def refuse_missing(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program], as_of: date) -> None:
    """Refuse to go on without the file of a program that was paid and still runs: its payments would hang in the air.

    Once its last day and the days of grace are over, a file may be removed; its postings stay.

    Raises:
        BooksError: naming each such program and the file it was read from.
    """
    last = """
        SELECT file, text FROM rule_versions
        WHERE rule_version IN (SELECT ARG_MAX(rule_version, seq) FROM ledger GROUP BY program)
            AND NOT LIST_CONTAINS(?, program)
    """
    texts = connection.execute(last, [[program.id for program in programs]]).fetchall()
    gone = [program for file, text in texts for program in read_programs({file: text})]
    todo = "put it back; to end the agreement early, shorten its `effective`"
    problems = [
        Problem(program.file, 0, 0, f"{program.id} was paid, runs until {program.effective.end}, and is gone", todo)
        for program in gone
        if as_of <= program.effective.end + timedelta(days=program.grace_days)
    ]
    if problems:
        raise BooksError(*problems)


def load_programs(workspace: Workspace) -> tuple[Program, ...]:
    """Load every program of the workspace.

    Raises:
        RuleError: with all problems of all files.
    """
    return read_programs(read_rule_texts(workspace))


def filter_columns_of(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return the columns that filters may name, per data set they may speak of; those not loaded yet are left out."""
    known = {}
    for data_set in ("members", "products", "transactions"):
        names = read(connection, "SELECT name FROM pragma_table_info(?)", [data_set])["name"].to_list()
        if names:
            known[data_set] = [name for name in names if name not in OURS]
    return known
