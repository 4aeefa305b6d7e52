"""The workspace's rule files, read and checked against the data they refer to."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pipelines.calculation.repeated_programs import repeated_programs
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from pipelines.workspace.normal_text import normal_value
from pipelines.workspace.regular_files import read_regular, read_texts
from rules.loading.load import calendar_id, calendars_wanted, read_programs
from rules.loading.normal_filters import with_normal_filters
from schemas.catalogue import BOOKKEEPING
from schemas.errors import BooksError, Place, Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    import duckdb

    from pipelines.workspace.configuration import Workspace
    from rules.language.model import Program

FILTERED = ("members", "products", "transactions")
"""Data sets of which filters may name columns."""

OURS = frozenset(BOOKKEEPING) - {"source"}
"""Bookkeeping columns, which filters may not name; `source` may decide what a row earns."""

LAST_USED = read_sql("calculation", "last_used")
"""The last wording of each paid program that has no file now, and the day of the last run that used it."""

READABLE = "write it as UTF-8, readable by all"
"""What to do with a rule file or template that cannot be read."""

_ADD = "add a program, such as dealer.yaml"


def read_rule_texts(workspace: Workspace) -> dict[str, str]:
    """Read every rule file of the workspace: text by path below the rules folder; templates of visits are none.

    Raises:
        RuleError: there are none, or one cannot be read as UTF-8.
    """
    folder, visits = workspace.rules_dir, workspace.visits_dir
    paths = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*.yaml"))
        if folder == visits or not path.is_relative_to(visits)
    }
    texts, problems = read_texts(paths, READABLE)
    if not texts and not problems:
        problems.append(Problem("there is no rule file here", _ADD, at=Place(str(folder))))
    if problems:
        raise RuleError(*problems)
    return texts


def calendars_beside(texts: Mapping[str, str], folders: Sequence[Path]) -> dict[str, str]:
    """Read the calendars that `texts` name but do not hold, from `folders`, in order of preference."""
    found: dict[str, str] = {}
    for folder in folders:
        wanted = calendars_wanted({**texts, **found})
        for path in sorted(folder.glob("*.yaml")) if wanted else ():
            with suppress(OSError, UnicodeDecodeError):  # a file that nobody asked for may be unreadable
                text = read_regular(path).decode()
                if calendar_id(text) in wanted:
                    found[str(path)] = text
    return found


def refuse_missing(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program]) -> None:
    """Refuse to go on if the file of a paid program is gone before all of it is settled, or one is there twice.

    Raises:
        BooksError: naming each such program and the file it was read from.
    """
    if problems := missing_programs(connection, programs):
        raise BooksError(*problems)


def missing_programs(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program]) -> list[Problem]:
    """Return a problem for each paid program that is not in `programs` and may still owe something, or is repeated.

    Once a run after its last day and days of grace has settled all of a program, its file may be removed; its postings
    stay.
    """
    rows = connection.execute(LAST_USED, [[program.id for program in programs]]).fetchall()
    gone = [(program, as_of) for file, text, as_of in rows for program in read_programs({file: text})]
    missing = [
        Problem(
            f"{program.id} was paid, runs until {program.effective.end}, and is gone",
            f"put it back until a run after {_settled_on(program)}; to end the agreement, shorten its `effective`",
            at=Place(program.file),
        )
        for program, as_of in gone
        if as_of <= _settled_on(program)
    ]
    return missing or repeated_programs(connection, programs, [program for program, _ in gone])


def _settled_on(program: Program) -> date:
    """Return the day after which a run settles all of a program."""
    return program.effective.end + timedelta(days=program.grace_days)


def load_programs(workspace: Workspace) -> tuple[Program, ...]:
    """Load every program of the workspace.

    Raises:
        RuleError: with all problems of all files, or there is no program among them.
    """
    programs = read_programs(read_rule_texts(workspace))
    if not programs:
        raise RuleError(Problem("there is no program here, only calendars", _ADD, at=Place(str(workspace.rules_dir))))
    return normal_filters(workspace, programs)


def normal_filters(workspace: Workspace, programs: Sequence[Program]) -> tuple[Program, ...]:
    """Return `programs` with the values of their filters as the workspace writes those of the data."""
    normal = partial(normal_value, ids=workspace.config.ids)
    return tuple(with_normal_filters(program, normal) for program in programs)


def filter_columns_of(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return the columns that filters may name, by data set; data sets not loaded yet are left out."""
    known = {}
    for data_set in FILTERED:
        names = read(connection, "SELECT name FROM pragma_table_info(?)", [data_set])["name"].to_list()
        if names:
            known[data_set] = [name for name in names if name not in OURS]
    return known
