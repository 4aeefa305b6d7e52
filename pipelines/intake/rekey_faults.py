"""Faults of a rekeying: why rows that are kept cannot be given the keys that the configuration asks for."""

# Names are quoted and texts escaped, numbers are our own.
# ruff: noqa: S608

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pipelines.intake.cast_text import compared
from pipelines.intake.recipes import key_of, rekeyed
from pipelines.intake.rekeyed_rows import count_unclear, written_columns
from pipelines.warehouse.quoting import quoted
from schemas.catalogue import DATA_SETS
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from pipelines.intake.rekeyed_rows import Rekeying
    from pipelines.intake.row_identity import Change

MOST_NAMED = 20
"""So many rows are named; the others are counted."""

LATER_VERSIONS = """
    SELECT COUNT(*) FROM transactions WHERE load_seq IN ({loads})
        AND superseded_on > COALESCE((SELECT MAX(as_of) FROM runs WHERE state <> 'computing'), DATE '0001-01-01')
"""
"""Versions that count for a run as of the day of the last one, since what corrected them was received later."""

WAITING = """
    SELECT subject FROM decisions AS d WHERE kind IN ('ask_exclude', 'ask_include')
        AND (SELECT ARG_MAX(status, decision_seq) FROM decisions AS l WHERE l.subject = d.subject) = 'in_review'
    ORDER BY decision_seq
"""


def faults_before(
    connection: duckdb.DuckDBPyConnection, changes: Sequence[Change], rekeyings: Sequence[Rekeying]
) -> Iterator[Problem]:
    """Yield what forbids to rekey before any row is looked at."""
    yield from _unclear(changes)
    for rekeying in rekeyings:
        yield from _underivable(connection, rekeying)
    waiting = [subject for (subject,) in connection.execute(WAITING).fetchall()]
    if waiting and any(change.data_set == "transactions" for change in changes):
        found = f"{', '.join(waiting)} asks about a transaction by the key that it has now"
        yield Problem(found, "approve or reject it first")
    if rekeyings and any(change.before.ids != change.now.ids for change in changes):
        yield from _posted_ids(connection, rekeyings[0])


def _unclear(changes: Sequence[Change]) -> Iterator[Problem]:
    renamed = {(change.data_set, change.before.source, change.now.source) for change in changes if change.is_renamed}
    names = Counter((data_set, name) for data_set, *pair in renamed for name in pair)
    for data_set, before, now in sorted(renamed):
        if max(names[data_set, before], names[data_set, now]) > 1:
            found = f"whether {before!r} of {data_set} is {now!r} now cannot be told"
            yield Problem(found, "rename one source at a time, or say `--new NAME` of each that is another one")
    for change in changes:
        if change.data_set == "payments":
            found = f"answers of the ERP were taken once, as those of {change.before.source!r}"
            yield Problem(found, "put back what was changed: under other keys they would be taken again")


def _underivable(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> Iterator[Problem]:
    """Yield what the rows that are kept do not say."""
    change, name = rekeying.change, rekeying.change.data_set
    gone = set(filter(None, change.before.ids.split(", "))) - set(change.now.ids.split(", "))
    if gone:
        found = f"how ids of {name} were written before `ids: {{{', '.join(sorted(gone))}}}` is no longer known"
        yield Problem(found, "leave `ids:` as it was")
    there = {column for column, *_ in connection.execute(f"DESCRIBE {rekeying.table}").fetchall()}
    listed = ", ".join(map(str, change.loads))
    for column in change.now.key:
        if column in change.before.key:
            continue
        rows = f"SELECT 1 FROM {rekeying.table} WHERE load_seq IN ({listed}) AND {quoted(column)} IS NOT NULL LIMIT 1"
        if column not in there or not connection.execute(rows).fetchall():
            yield Problem(f"the rows of {name} that are kept have no {column!r}", "leave `key:` as it was")
    recipes = f"SELECT DISTINCT recipe FROM loads WHERE load_seq IN ({listed}) AND recipe IS NOT NULL"
    for (recipe,) in connection.execute(recipes).fetchall():
        if key_of(rekeyed(recipe, rekeying.recipe)) != key_of(rekeying.recipe):
            found = f"columns of the key of {name} are read in another way as well (`columns:`, `values:` and the like)"
            yield Problem(found, "change one after the other, with a run in between")
            break


def _posted_ids(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> Iterator[Problem]:
    posted = f"""
        SELECT id, {compared("id", rekeying.ids)} AS now
        FROM (SELECT member_id AS id FROM ledger UNION SELECT payee_id FROM ledger)
        WHERE id <> '' AND {compared("id", rekeying.ids)} IS DISTINCT FROM id ORDER BY id
    """
    rows = connection.execute(posted).fetchall()
    if rows:
        found = (
            f"{len(rows):,} members and payees to whom something was posted would have other ids, such as "
            f"{rows[0][0]} → {rows[0][1]}: what they were paid stands under the old ones and would be paid again"
        )
        yield Problem(found, "leave `ids:` as it was", at=Place("rebatch.yaml"))


def faults_of_rows(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> Iterator[Problem]:
    """Yield what forbids to rekey the rows in the tables `rekeyed` and `contest`."""
    yield from _lost_ids(connection, rekeying)
    yield from _splits(connection, rekeying)
    yield from _contradictions(connection, rekeying)


def _lost_ids(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> Iterator[Problem]:
    """Yield that rows would have no id, or another one that rows of other data sets do not know."""
    change, own_id = rekeying.change, quoted(rekeying.data_set.key[0])
    # An id that was made of a key is made of no other one where the data set's own key is to hold.
    lost = [f"t.{quoted(name)} IS NOT NULL AND r.{quoted(name)} IS NULL" for name in written_columns(rekeying.data_set)]
    lost += ["r.is_made"] if rekeying.data_set.key[0] in change.now.key else []
    figures = f"""
        SELECT COUNT(*) FILTER ({" OR ".join(lost)}), COUNT(*) FILTER (r.is_made AND r.{own_id} <> t.{own_id})
        FROM rekeyed AS r JOIN {rekeying.table} AS t ON t.rowid = r.place
    """
    [(lacking, other)] = connection.execute(figures).fetchall()
    todo = f"leave it as it was: {change.words}"
    if lacking:
        yield Problem(f"{lacking:,} rows of {change.data_set} would have no id", todo)
    if other and any(change.data_set in each.references.values() for each in DATA_SETS.values()):
        yield Problem(
            f"{other:,} ids of {change.data_set}, which other rows refer to, would be made of other columns", todo
        )


def _splits(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> Iterator[Problem]:
    """Yield that the rows that are kept do not say whether, or since when, rows that split off are in force."""
    change = rekeying.change
    [(backs,)] = connection.execute("SELECT COUNT(*) FROM rekeyed WHERE state = 'back'").fetchall()
    unclear = 0 if change.before.key == change.now.key else count_unclear(connection, rekeying)
    is_unclear = rekeying.source.delivery == "snapshot" or not rekeying.data_set.has_receipt
    if unclear or (backs and is_unclear):
        found = f"{unclear + backs:,} rows of {change.data_set} would split off from those that replaced them"
        todo = "leave the key as it was: whether they ended for another reason too, the rows that are kept do not say"
        yield Problem(found, todo)
    yield from _later(connection, rekeying, backs)


def _later(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying, backs: int) -> Iterator[Problem]:
    """Yield that versions still count for a run as of the day of the last one, under what they were."""
    change = rekeying.change
    if not rekeying.data_set.has_receipt or not (backs or change.before.ids != change.now.ids):
        return
    loads = ", ".join(map(str, change.loads))
    [(later,)] = connection.execute(LATER_VERSIONS.format(loads=loads)).fetchall()
    if later:
        found = f"{later:,} rows of {change.data_set} were corrected by rows received after the day of the last run"
        yield Problem(found, "put the setting back, run as of today, and change it then")


def _contradictions(connection: duckdb.DuckDBPyConnection, rekeying: Rekeying) -> Iterator[Problem]:
    named = """
        SELECT MIN(r.new_key), STRING_AGG(l.path || ':' || r.line, ', ' ORDER BY r.load_seq, r.line),
            ANY_VALUE(c.is_contradiction)
        FROM contest AS c JOIN rekeyed AS r USING (place) JOIN loads AS l USING (load_seq)
        WHERE c.is_contradiction OR c.is_disputed GROUP BY c.new_key ORDER BY 1
    """
    rows = connection.execute(named).fetchall()
    for key, lines, is_contradiction in rows[:MOST_NAMED]:
        if is_contradiction:
            found = f"rows of {rekeying.change.data_set} that say different things would have one key, {key}: {lines}"
            todo = "leave the key as it was, or say in the source which of them counts (`repeated_keys:`)"
        else:
            name = rekeying.change.data_set
            found = f"rows of {name} would have one key, {key}, but only some of them are excluded: {lines}"
            todo = "exclude the others too, or include all of them again"
        yield Problem(found, todo)
    if len(rows) > MOST_NAMED:
        yield Problem(f"{len(rows) - MOST_NAMED:,} more keys like these", "the first are named above")
