"""Filter values against the data: what matches nothing is told, and stops a run that would take back what was paid."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pipelines.calculation.rule_files import calendars_beside, filter_columns_of, normal_filters
from pipelines.warehouse.frames import read
from pipelines.warehouse.quoting import quoted
from pipelines.warehouse.sql_files import read_sql
from rules.authoring.filter_checks import filters_of, unmatched_values
from rules.compiled.filters import filter_columns
from rules.language.yaml_text import parse_yaml
from rules.loading.load import read_programs
from schemas.errors import BooksError, Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.workspace.configuration import Workspace
    from rules.authoring.filter_checks import Unmatched
    from rules.language.finding import Finding
    from rules.language.model import Program

    Values = dict[str, dict[str, set[str] | None]]
    """Data set → column → its values; None where they are too many to be compared, or were not asked for."""
    _Named = dict[tuple[str, str], set[str]]
    """The values that filters name, by data set and column."""

PAID_BY = read_sql("calculation", "paid_by")
"""The wording by which each program with postings was last run."""

MOST_VALUES = 10_000
"""A column with more distinct values than this is treated as an id: only the column's existence is checked."""


def known_values(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program]) -> Values:
    """Return the columns that filters may name, with the values of those that they do name."""
    asked = {
        (data_set, column)
        for program in programs
        for data_set, _, condition in filters_of(program)
        for column in filter_columns(condition)
    }
    return {
        data_set: {name: values_of(connection, data_set, name) if (data_set, name) in asked else None for name in names}
        for data_set, names in filter_columns_of(connection).items()
    }


def values_of(connection: duckdb.DuckDBPyConnection, data_set: str, column: str) -> set[str] | None:
    """Return the values in force of a column, None if they are more than MOST_VALUES."""
    found = f"SELECT DISTINCT CAST({quoted(column)} AS VARCHAR) AS found FROM {quoted(data_set)}"  # noqa: S608 - quoted
    values = read(connection, f"{found} WHERE superseded_seq IS NULL LIMIT {MOST_VALUES + 1}")["found"].drop_nulls()
    return None if len(values) > MOST_VALUES else set(values)


def check_filter_values(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, programs: Sequence[Program]
) -> list[Finding]:
    """Return a warning for each filter value that no row has.

    Raises:
        BooksError: a program has paid before, and such a value had rows then, or replaces a value of the wording that
            paid: the run would take back what was paid. All of them are named.
    """
    known = known_values(connection, programs)
    found = [
        (program, list(unmatched_values(program, parse_yaml(program.text, program.file), known)))
        for program in programs
    ]
    if not any(values for _, values in found):
        return []
    paid = {name: (file, text, seq) for name, file, text, seq in connection.execute(PAID_BY).fetchall()}
    lost = []
    for program, each in found:
        if program.id in paid and each:
            file, text, load_seq = paid[program.id]
            before = _values_in(_parsed(workspace, file, text))
            lost += [
                Problem(f"{value.finding.found}, and {program.id} has paid before", _TODO, at=value.finding.at)
                for value in each
                if _replaces(value, before, _values_in([program])) or _was_there(connection, value, load_seq)
            ]
    if lost:
        raise BooksError(*lost)
    return [value.finding for _, each in found for value in each]


_TODO = (
    "the run would take back what was paid on it: write the value that the data has now; to end it, first take the "
    "value out of the filter"
)


def _replaces(value: Unmatched, before: _Named, now: _Named) -> bool:
    """Return whether a value is new in the wording, and another of its column is gone from it."""
    place = (value.data_set, value.column)
    return value.value not in before.get(place, set()) and bool(before.get(place, set()) - now.get(place, set()))


def _was_there(connection: duckdb.DuckDBPyConnection, value: Unmatched, load_seq: int) -> bool:
    """Return whether rows had the value when the program was last run."""
    same = f"trim(CAST({quoted(value.column)} AS VARCHAR)) = ?"
    query = f"SELECT 1 FROM {quoted(value.data_set)} WHERE superseded_seq > ? AND load_seq <= ? AND {same} LIMIT 1"  # noqa: S608 - quoted
    return bool(connection.execute(query, [load_seq, load_seq, value.value]).fetchall())


def _values_in(programs: Sequence[Program]) -> _Named:
    named: _Named = {}
    for program in programs:
        for data_set, _, condition in filters_of(program):
            for entry in (*(condition.include or ()), *(condition.exclude or ())):
                for column, values in entry.items():
                    named.setdefault((data_set, column), set()).update(values)
    return named


def _parsed(workspace: Workspace, file: str, text: str) -> Sequence[Program]:
    """Return the program of a wording that was used, nothing if this Rebatch cannot read it any more."""
    with suppress(RuleError):
        texts = {file: text}
        return normal_filters(workspace, read_programs(texts | calendars_beside(texts, [workspace.rules_dir])))
    return []
