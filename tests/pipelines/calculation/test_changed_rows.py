"""Changed rows: what the query finds by load numbers is what comparing every version with both runs finds."""

from __future__ import annotations

from datetime import date
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.books.in_force import is_in_force, may_differ
from pipelines.books.runs import OpenRun
from pipelines.calculation.restatement_causes import changed_sql
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.pipelines.history import History

RUNS = f"SELECT {', '.join(OpenRun.__dataclass_fields__)} FROM runs ORDER BY run_seq"
VERSIONS = "SELECT load_seq, line, row_key, received_on, superseded_seq, superseded_on FROM transactions"
DECIDED = "SELECT decision_seq, kind, subject FROM decisions WHERE kind IN ('exclude', 'include') ORDER BY 1"
SEQ, LINE, KEY, RECEIVED, ENDED_SEQ, ENDED_ON = range(6)


def is_known(version: tuple[Any, ...], run: OpenRun) -> bool:
    has_come = version[SEQ] <= run.load_seq and version[RECEIVED] <= run.as_of
    ends_later = version[ENDED_ON] is not None and version[ENDED_ON] > run.as_of
    return has_come and (version[ENDED_SEQ] is None or version[ENDED_SEQ] > run.load_seq or ends_later)


def taken_out(decisions: Iterable[tuple[int, str, str]], run: OpenRun) -> set[str]:
    last = {subject: kind for seq, kind, subject in decisions if seq <= run.decision_seq}
    return {subject for subject, kind in last.items() if kind == "exclude"}


def cause(version: tuple[Any, ...], known: list[set[str]], out: list[set[str]]) -> str:
    key = version[KEY]
    if (key in out[0]) != (key in out[1]):
        return "excluded" if key in out[1] else "included"
    if key not in known[1]:
        return "withdrawn"
    return "corrected" if key in known[0] else "late"


def test_changed_rows_between_any_two_runs(past_books: History) -> None:
    seen = set()
    with connect(past_books.workspace) as connection:
        runs = [OpenRun(*row) for row in read(connection, RUNS).iter_rows()]
        versions, decisions = (connection.execute(query).fetchall() for query in (VERSIONS, DECIDED))
        for pair in combinations(runs, 2):
            known = [{v[KEY] for v in versions if is_known(v, run)} for run in pair]
            out = [taken_out(decisions, run) for run in pair]
            expected = {
                (v[SEQ], v[LINE], cause(v, known, out))
                for v in versions
                if len({is_known(v, run) and v[KEY] not in gone for run, gone in zip(pair, out, strict=True)}) > 1
            }
            connection.execute(changed_sql(connection, *pair, rules=[]))
            found = connection.execute("SELECT load_seq, line, cause FROM changed").fetchall()
            assert sorted(found) == sorted(expected)
            seen |= {why for *_, why in found}
    assert seen == {"late", "corrected", "excluded"}


def test_no_version_that_only_one_run_sees_is_passed_over() -> None:
    """All orders of the days and loads of a version among those of two runs."""
    days = [f"DATE '2026-01-0{day}'" for day in range(1, 6)]
    values = {"load_seq": range(1, 6), "superseded_seq": ["NULL", *range(1, 6)],
              "received_on": days, "superseded_on": ["CAST(NULL AS DATE)", *days]}  # fmt: skip
    every = ", ".join(f"(SELECT UNNEST([{', '.join(map(str, of))}]) AS {name})" for name, of in values.items())
    runs = [OpenRun("", date(2026, 1, day), seq, "", 0, 0) for day in (2, 4) for seq in (2, 4)]
    with duckdb.connect() as connection:
        for one, other in permutations(runs, 2):
            differs = f"({is_in_force(one)}) <> ({is_in_force(other)})"
            counts = f"SELECT COUNT(*), COUNT(*) FILTER (WHERE {may_differ(one, other)}) FROM {every} WHERE {differs}"
            [(differing, found)] = connection.execute(counts).fetchall()
            assert differing == found > 0
