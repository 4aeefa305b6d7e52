"""Batches: whom rating takes at a time, so that its memory does not grow with all members at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.calculation.facts import FACTS, count_facts, read_frames
from pipelines.warehouse.frames import read
from pipelines.warehouse.sql_files import read_sql
from rules.engine import Contract
from rules.rating.agreed_figures import refuse_contradictions
from rules.rating.inputs import Facts, Lookups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    Inputs = tuple[Facts, Lookups, Contract]

AT_ONCE = 500_000
"""What is read for one batch, about, in rows: so much is rated in some hundred megabytes."""

BATCHES_SQL = read_sql("calculation", "batches")
PROGRAMS = """
    SELECT has_budget, LIST(program)
    FROM (SELECT program, BOOL_OR(budget IS NOT NULL) AS has_budget FROM work.provisions GROUP BY program)
    GROUP BY has_budget
"""
CHOSEN_PROGRAMS = "CREATE OR REPLACE TEMP TABLE batch_programs AS SELECT UNNEST(CAST(? AS VARCHAR[])) AS program"
CHOSEN_NODES = "CREATE OR REPLACE TEMP TABLE batch_nodes AS FROM counted_nodes WHERE node_id BETWEEN ? AND ?"
CHOSEN_PARTICIPANTS = """
    CREATE OR REPLACE TEMP TABLE batch_participants AS
    FROM work.participants SEMI JOIN batch_programs USING (program) WHERE node_id BETWEEN ? AND ?
"""
CHOSEN = """
    CREATE OR REPLACE TEMP TABLE batch_windows AS FROM counted_windows SEMI JOIN batch_programs USING (program);
    CREATE OR REPLACE TEMP TABLE batch_visits AS
    FROM work.completed_visits SEMI JOIN batch_participants USING (span)
"""
CONTRADICTIONS = """
    FROM work.agreed SEMI JOIN (
        SELECT kind, program, rebate, member_id, period FROM work.agreed GROUP BY ALL HAVING COUNT(DISTINCT value) > 1
    ) USING (kind, program, rebate, member_id, period)
"""

FACTS_OF_BATCH = {
    "cells": "FROM counted_cells SEMI JOIN batch_nodes USING (node_no) SEMI JOIN batch_windows USING (window_no)",
    "counted": "FROM counted_items SEMI JOIN batch_nodes USING (node_no) SEMI JOIN batch_windows USING (window_no)",
    "nodes": "SELECT node_no, place, member_id FROM batch_nodes",
    "windows": "FROM batch_windows ORDER BY ALL",
    "completed_visits": "FROM batch_visits",
    "indicators": "FROM work.indicators SEMI JOIN batch_visits USING (visit)",
    "agreed": "FROM work.agreed AS a SEMI JOIN batch_nodes AS n ON n.node_id = a.member_id",
}
RULES_OF_BATCH = {
    "terms": "FROM work.terms SEMI JOIN batch_programs USING (program)",
    "member_spans": "FROM work.member_spans SEMI JOIN batch_participants USING (span)",
    "participants": "FROM batch_participants",
    "rebates": "FROM work.rebates SEMI JOIN batch_programs USING (program)",
    "payees": """
        FROM work.payees SEMI JOIN (
            SELECT program, member_id FROM batch_participants UNION SELECT program, node_id FROM batch_participants
        ) USING (program, member_id)
    """,
    "parts": "FROM work.parts SEMI JOIN batch_participants USING (program, node_id, member_id)",
    "days_inside": "FROM work.days_inside AS d SEMI JOIN batch_nodes AS n ON n.node_id = d.member_id",
}
"""What is read of a batch, by the table's name; of the others all, which do not grow with members."""


def read_batches(connection: duckdb.DuckDBPyConnection) -> Iterator[Inputs]:
    """Yield what `aggregate` wrote, for rules.engine.entitle_some: in one batch, or in several of about AT_ONCE rows.

    A batch is of some nodes in all programs. Those with a budget, which all their members share, are a batch by
    themselves.

    Raises:
        BooksError: two different targets, or baselines, are agreed for one member, rebate and period.
    """
    count_facts(connection)
    nodes = connection.execute(BATCHES_SQL, {"at_once": AT_ONCE}).fetchall()
    if len(nodes) <= 1:
        yield _inputs(connection, FACTS, {})
        return
    # Of all at once: a batch does not see who takes part in nothing, and would name its own only.
    refuse_contradictions(read(connection, CONTRADICTIONS))
    programs = dict(connection.execute(PROGRAMS).fetchall())
    if True in programs:
        yield _batch(connection, programs[True], (nodes[0][0], nodes[-1][1]))
    for few in nodes if False in programs else ():
        yield _batch(connection, programs[False], few)


def _batch(connection: duckdb.DuckDBPyConnection, programs: Sequence[str], nodes: Sequence[str]) -> Inputs:
    """Return what is to be rated of `programs` at all nodes from the first to the last of `nodes`."""
    connection.execute(CHOSEN_PROGRAMS, [programs])
    connection.execute(CHOSEN_NODES, nodes)
    connection.execute(CHOSEN_PARTICIPANTS, nodes)
    connection.execute(CHOSEN)
    return _inputs(connection, FACTS_OF_BATCH, RULES_OF_BATCH)


def _inputs(connection: duckdb.DuckDBPyConnection, facts: Mapping[str, str], rules: Mapping[str, str]) -> Inputs:
    """Return the frames of rating, each by its query, or else the whole table of its name."""
    return (
        Facts(**read_frames(connection, Facts, facts)),
        Lookups(**read_frames(connection, Lookups, rules)),
        Contract(**read_frames(connection, Contract, rules)),
    )
