"""Rekey: rows in force are given the keys that the configuration asks for by now, as one recorded decision.

They end, and come in again at once under a load of each content they came from: with its path, their line, the day they
were received, and its place among what arrived. So the files stay known, explanations still name them, and what past
runs saw does not change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.actors import check_texts
from pipelines.books.decisions import next_decision, record
from pipelines.console.tables import Table
from pipelines.intake.recipes import identity_of, recipe_of
from pipelines.intake.rekey_faults import MOST_NAMED, faults_before, faults_of_rows
from pipelines.intake.rekeyed_rows import Rekeying, write_rekeyed
from pipelines.intake.row_hashes import fill_row_hashes
from pipelines.intake.row_identity import changed_identities
from pipelines.intake.take_over import take_over
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.lock import hold
from rules.ledger.decisions import Decision
from schemas.errors import BooksError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import duckdb

    from pipelines.intake.row_identity import Change
    from pipelines.workspace.configuration import Workspace
    from schemas.workspace import WorkspaceConfig

SUMMARY = """
    SELECT $data_set AS data_set, $source AS source, $changed AS changed,
        COUNT(*) FILTER (state = 'old') AS rows,
        COUNT(*) FILTER (state = 'old' AND outcome = 'loaded' AND new_key = old_key) AS stay,
        COUNT(*) FILTER (state = 'old' AND outcome = 'loaded' AND new_key <> old_key) AS other_key,
        COUNT(*) FILTER (outcome <> 'loaded') AS merged,
        COUNT(*) FILTER (state = 'back') AS split,
        CAST(COALESCE(SUM(money) FILTER (state <> 'back'), 0) AS DECIMAL(38, 4)) AS amount_before,
        CAST(COALESCE(SUM(money) FILTER (outcome = 'loaded'), 0) AS DECIMAL(38, 4)) AS amount_after
    FROM rekeyed
"""
"""What becomes of the rows of a source: they stay, get another key, merge into others, or split off."""

NAMED = """
    SELECT $data_set AS data_set, CASE WHEN BOOL_OR(state = 'back') THEN 'split' ELSE 'merged' END AS what,
        new_key AS key, COUNT(*) AS rows,
        STRING_AGG(l.path || ':' || r.line, ', ' ORDER BY r.load_seq, r.line) AS "where",
        CAST(COALESCE(SUM(money) FILTER (state <> 'back'), 0) AS DECIMAL(38, 4)) AS amount_before,
        CAST(COALESCE(SUM(money) FILTER (outcome = 'loaded'), 0) AS DECIMAL(38, 4)) AS amount_after
    FROM rekeyed AS r JOIN loads AS l USING (load_seq)
    GROUP BY new_key HAVING COUNT(*) > 1 OR BOOL_OR(state = 'back')
    ORDER BY new_key
"""
"""The rows that would merge, or split off, by key."""


@dataclass(frozen=True)
class Plan:
    """What `rekey` would do: the changes, the sources said to be other ones (data set and name), and what it shows."""

    changes: Sequence[Change]
    others: Sequence[tuple[str, str]]
    tables: Sequence[Table]

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to do."""
        return not self.changes and not self.others


def propose(workspace: Workspace, new: Collection[str] = ()) -> Plan:
    """Return what would become of the rows in force whose keys are no longer those of the configuration.

    `new`: sources that are no renamed ones.

    Raises:
        BooksError: it cannot be done: rows of one key would contradict each other, or what is kept does not say enough.
    """
    with connect(workspace, read_only=True) as connection:
        return _plan(connection, workspace.config, new)


def rekey(workspace: Workspace, proposed: Plan, *, new: Collection[str] = (), person: str, reason: str) -> Table:
    """Return the decisions that record what was `proposed`, after doing it, whole or not at all.

    Raises:
        BooksError: see `propose`; or the books have changed since.
        WorkspaceBusyError: a run is at work.
    """
    check_texts(person=person, reason=reason)
    with hold(workspace.lock_path), connect(workspace) as connection, transaction(connection):
        fill_row_hashes(connection)
        plan = _plan(connection, workspace.config, new)
        if (plan.changes, plan.others) != (proposed.changes, proposed.others):
            raise BooksError(Problem("the books have changed since this was shown", "look at it again"))
        decisions = [
            Decision("other_source", name, "another", person, reason, reference=data_set)
            for data_set, name in plan.others
        ]
        loads: list[int] = []
        for rekeying in _rekeyings(plan.changes, workspace.config):
            write_rekeyed(connection, rekeying)
            decisions += _excluded(connection, person, reason)
            loads += take_over(connection, rekeying)
        if loads:
            done = "; ".join(f"{each.data_set} {each.before.source}: {each.words}" for each in plan.changes)
            subject, by_loads = (
                f"REKEY-{next_decision(connection)}",
                f"loads {loads[0]} to {loads[-1]}" if loads[1:] else f"load {loads[0]}",
            )
            decisions.insert(0, Decision("rekey", subject, "rekeyed", person, reason, note=done, reference=by_loads))
        made = record(connection, decisions)
    return Table(
        "decided", "Decided", made.select("subject", "kind", "status", "person", "reason", "note", "reference")
    )


def _plan(connection: duckdb.DuckDBPyConnection, config: WorkspaceConfig, new: Collection[str]) -> Plan:
    found = changed_identities(connection, config)
    others = sorted({(each.data_set, each.now.source) for each in found if each.is_renamed and each.now.source in new})
    unknown = sorted(set(new) - {name for _, name in others} - {source.source for source in config.sources})
    if unknown:
        raise BooksError(Problem(f"there is no source {', '.join(unknown)}", "name a source of rebatch.yaml"))
    changes = [each for each in found if not each.is_renamed or (each.data_set, each.now.source) not in others]
    rekeyings = _rekeyings(changes, config)
    problems = list(faults_before(connection, changes, rekeyings))
    effects = [] if problems else [_effect(connection, rekeying, problems) for rekeying in rekeyings]
    if problems:
        raise BooksError(*(Problem(each.found, each.todo, at=Place("rebatch.yaml")) for each in problems))
    tables: list[Table] = []
    if others:
        rows = pl.DataFrame(others, schema={"data_set": pl.String, "source": pl.String}, orient="row")
        tables.append(Table("others", "Sources that are no renamed ones", rows))
    if effects:
        summary, named = (pl.concat(part) for part in zip(*effects, strict=True))
        tables += [Table("rekey", "What becomes of the rows in force", summary), _named(named)]
    if not tables:
        nothing = pl.DataFrame(schema={"data_set": pl.String, "source": pl.String})
        tables.append(Table("rekey", "Nothing to do: rows in force have the keys that rebatch.yaml asks for", nothing))
    return Plan(changes, others, tables)


def _effect(
    connection: duckdb.DuckDBPyConnection, rekeying: Rekeying, problems: list[Problem]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what becomes of the rows of a source, and those that merge or split; add to `problems` what forbids it."""
    write_rekeyed(connection, rekeying)
    problems += faults_of_rows(connection, rekeying)
    change = rekeying.change
    about = {"data_set": change.data_set, "source": change.before.source, "changed": change.words}
    summary = read(connection, SUMMARY, about)
    named = read(connection, NAMED, {"data_set": change.data_set})
    return summary, named


def _named(rows: pl.DataFrame) -> Table:
    first = rows.head(MOST_NAMED)
    more = f": the first {MOST_NAMED} of {rows.height:,}" if rows.height > MOST_NAMED else ""
    return Table("merged_and_split", f"Rows that merge or split{more}", first, rows.to_dicts())


def _rekeyings(changes: Sequence[Change], config: WorkspaceConfig) -> list[Rekeying]:
    """Return the changes, each with the source that states what identifies its rows now."""
    return [
        Rekeying(change, source, config)
        for change in changes
        for source in [
            next(
                source
                for source in config.sources
                if source.data_set == change.data_set and identity_of(recipe_of(source, config)) == change.now
            )
        ]
    ]


EXCLUDED = """
    SELECT r.new_key, ARG_MAX(d.reason, d.decision_seq) AS reason, ARG_MAX(d.note, d.decision_seq) AS note,
        ANY_VALUE(r.transaction_id) AS transaction_id, ARG_MAX(d.member_id, d.decision_seq) AS member_id
    FROM rekeyed AS r JOIN decisions AS d ON d.subject = r.old_key AND d.kind IN ('exclude', 'include')
    WHERE r.new_key <> r.old_key
    GROUP BY r.new_key HAVING ARG_MAX(d.kind, d.decision_seq) = 'exclude' ORDER BY r.new_key
"""
"""The transactions that people took out, by the keys that they have now."""


def _excluded(connection: duckdb.DuckDBPyConnection, person: str, reason: str) -> list[Decision]:
    """Return the decisions by which rows that were taken out stay out under their other keys."""
    if "transaction_id" not in [name for name, *_ in connection.execute("DESCRIBE rekeyed").fetchall()]:
        return []
    return [
        Decision("exclude", row["new_key"], "excluded", person, row["reason"], note=row["note"] or reason,
            member_id=row["member_id"], reference=row["transaction_id"])
        for row in read(connection, EXCLUDED).iter_rows(named=True)
    ]  # fmt: skip
