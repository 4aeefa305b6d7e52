"""Check: rule files against the language, their own tests, and the data they speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.frames import read
from pipelines.levels import unknown_levels
from pipelines.programs import calendars_beside, filter_columns_of, missing_programs, read_rule_texts
from pipelines.sql_text import quoted
from pipelines.tables import Table
from pipelines.warehouse import connect
from rules.check import Finding, check_programs
from rules.filters import filter_columns
from rules.load import read_programs
from rules.periods import calendar_years
from schemas.errors import Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

    from pipelines.workspace import Workspace
    from rules.model import Program

PROGRAM = {
    "program": pl.String, "file": pl.String, "calendar": pl.String, "from": pl.Date, "to": pl.Date,
    "currency": pl.String, "rebates": pl.Int64, "tests": pl.Int64,
}  # fmt: skip
FINDING = {"file": pl.String, "line": pl.Int64, "column": pl.Int64, "found": pl.String, "todo": pl.String}

MOST_VALUES = 10_000
"""A column with more different values than this is an id: only its name is checked."""

Columns = dict[str, dict[str, set[str] | None]]


def check(workspace: Workspace, files: Sequence[Path] | None = None) -> list[Table]:
    """Check `files`, or every rule file of the workspace: what was read, and what its author should look at.

    Columns and values of filters, and levels, are compared with what the warehouse holds, once something was loaded.

    Raises:
        RuleError: with all that must be mended, in all files.
    """
    texts = read_rule_files(files, workspace.rules_dir) if files else read_rule_texts(workspace)
    programs = read_programs(texts)
    has_books = workspace.warehouse_path.exists()
    findings = check_programs(programs, _known(workspace, programs) if has_books else None)
    missing = _missing(workspace, programs) if has_books and not files else []
    levels = _levels(workspace, programs) if has_books else []
    if errors := [*(finding for finding in findings if finding.severity == "error"), *missing, *levels]:
        raise RuleError(*errors)
    years = calendar_years(programs)
    return [
        Table("programs", "Programs", pl.DataFrame([_row(program) for program in programs], schema=PROGRAM)),
        *([Table("calendars", "Years of calendars of your own", years)] if not years.is_empty() else []),
        Table("warnings", "Worth a look", _rows(findings)),
    ]


def read_rule_files(files: Sequence[Path], *folders: Path) -> dict[str, str]:
    """Read rule files wherever they lie, and the calendars they name from beside them, else from `folders`.

    Raises:
        RuleError: with every file that cannot be read as UTF-8.
    """
    texts, problems = {}, []
    for path in files:
        try:
            texts[str(path)] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            todo = "name a rule file in UTF-8 that you may read"
            problems.append(Problem(str(path), 0, 0, f"the file cannot be read ({error})", todo))
    if problems:
        raise RuleError(*problems)
    beside = dict.fromkeys(path.parent for path in files)
    return {**texts, **calendars_beside(texts, [*beside, *folders])}


def _missing(workspace: Workspace, programs: Sequence[Program]) -> list[Problem]:
    with connect(workspace, read_only=True) as connection:
        return missing_programs(connection, programs)


def _levels(workspace: Workspace, programs: Sequence[Program]) -> list[Problem]:
    with connect(workspace, read_only=True) as connection:
        return unknown_levels(connection, programs)


def _row(program: Program) -> dict[str, object]:
    return {
        "program": program.id,
        "file": program.file,
        "calendar": program.calendar,
        "from": program.effective.start,
        "to": program.effective.end,
        "currency": program.currency,
        "rebates": len(program.rebates),
        "tests": len(program.tests),
    }


def _rows(findings: Sequence[Finding]) -> pl.DataFrame:
    rows = [(finding.file, finding.line, finding.column, finding.found, finding.todo) for finding in findings]
    return pl.DataFrame(rows, schema=FINDING, orient="row")


def _known(workspace: Workspace, programs: Sequence[Program]) -> Columns:
    asked = set(_asked(programs))
    with connect(workspace, read_only=True) as connection:
        return {
            data_set: {
                name: _values(connection, data_set, name) if (data_set, name) in asked else None for name in names
            }
            for data_set, names in filter_columns_of(connection).items()
        }


def _asked(programs: Sequence[Program]) -> Iterator[tuple[str, str]]:
    for program in programs:
        yield from (("members", column) for column in filter_columns(program.members))
        for rebate in program.rebates.values():
            yield from (("products", column) for column in filter_columns(rebate.products))
            yield from (("transactions", column) for column in filter_columns(rebate.transactions))


def _values(connection: duckdb.DuckDBPyConnection, data_set: str, column: str) -> set[str] | None:
    found = f"CAST({quoted(column)} AS VARCHAR) AS found"
    query = f"SELECT DISTINCT {found} FROM {quoted(data_set)} LIMIT {MOST_VALUES + 1}"  # noqa: S608 - quoted names
    values = read(connection, query)["found"].drop_nulls()
    return None if len(values) > MOST_VALUES else set(values)
