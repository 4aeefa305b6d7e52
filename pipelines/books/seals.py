"""Seals: hashes of what the books held after each run, so that no later change goes unnoticed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipelines.books.seal_parts import FIRST_PARTS, NEWEST, PARTS, SECOND_PARTS, THIRD_PARTS
from pipelines.warehouse import digest, earlier_digest
from pipelines.warehouse.digest import sha256_of
from pipelines.warehouse.frames import read, read_row
from pipelines.warehouse.ledger_head import head_of
from rules.ledger.hash_chain import FIRST_HASH, START, Head

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    import duckdb

ENTITLEMENTS = "SELECT * FROM work.entitlements"
"""The entitlements of the last computed run, which replaces those before: only its seal can be checked."""
FOUND = {"run_id": pl.String, "found": pl.String}
"""Columns of a finding about a seal."""


def seal(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Record the seal of the books as the run leaves them, in its posting transaction; a seal is never replaced."""
    if read_row(connection, "SELECT state FROM runs WHERE run_id = ?", [run_id]) == ("computing",):
        write_seal(connection, run_id)


def write_seal(connection: duckdb.DuckDBPyConnection, run_id: str, method: int = NEWEST) -> None:
    """Record the seal of the books by `method`, as the last seal."""
    seq, head = head_of(connection)
    digest_of = _METHODS[method].digest_of
    row = {
        "run_id": run_id,
        "ledger_seq": seq,
        "ledger_hash": head,
        **_parts(connection, run_id, method),
        "entitlements_hash": digest_of(connection, ENTITLEMENTS),
        "previous_hash": last_seal(connection) or FIRST_HASH,
        "method": method,
    }
    row["hash"] = hash_of(row)
    names, places = ", ".join(row), ", ".join(f"${name}" for name in row)
    connection.execute(f"INSERT INTO seals ({names}) VALUES ({places})", row)  # noqa: S608 - names from code


def hash_of(row: Mapping[str, Any]) -> str:
    """Return the hash of a seal; it holds the hash of the seal before, so that the seals form a chain."""
    # Each method has its own columns in their order, which must not follow that of the table.
    order = ("run_id", "ledger_seq", "ledger_hash", *_METHODS[row["method"]].parts, "entitlements_hash")
    more = ["previous_hash"] if row["method"] == 1 else ["previous_hash", "method"]
    return sha256_of([row[name] for name in (*order, *more)])


def seal_of(connection: duckdb.DuckDBPyConnection, run_id: str) -> str | None:
    """Return the hash of the run's seal; None for a run made before seals existed."""
    found = connection.execute("SELECT hash FROM seals WHERE run_id = ?", [run_id]).fetchall()
    return str(found[0][0]) if found else None


def last_seal(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the hash of the newest seal; None if there is none."""
    newest = "SELECT s.hash FROM seals AS s JOIN runs AS r USING (run_id) ORDER BY r.run_seq DESC LIMIT 1"
    found = connection.execute(newest).fetchall()
    return str(found[0][0]) if found else None


def sealed_head(connection: duckdb.DuckDBPyConnection) -> Head:
    """Return the last posting of the ledger as the newest seal has it; START if there is none."""
    newest = "SELECT ledger_seq, ledger_hash FROM seals JOIN runs USING (run_id) ORDER BY run_seq DESC LIMIT 1"
    found = connection.execute(newest).fetchall()
    return Head(*found[0]) if found else START


def broken_seals(connection: duckdb.DuckDBPyConnection, computed: str | None) -> pl.DataFrame:
    """Return everything that is not as a run sealed it: run_id, found.

    `computed`: the run whose entitlements are still in the schema `work`; None if there is none.
    """
    seals = read(connection, "SELECT s.* FROM seals AS s LEFT JOIN runs AS r USING (run_id) ORDER BY r.run_seq")
    ends = "SELECT seq, hash FROM ledger WHERE seq IN (SELECT ledger_seq FROM seals)"
    hashes = dict(connection.execute(ends).fetchall()) | {0: FIRST_HASH}
    found: list[tuple[str, str]] = []
    before = FIRST_HASH
    for row in seals.iter_rows(named=True):
        # Recomputed from the tables as they are now; wherever it differs from the stored row, something was changed.
        if row["method"] not in _METHODS:
            found.append((row["run_id"], _WORDS["hash"]))
            continue
        now = {**row, **_parts(connection, row["run_id"], row["method"])}
        if row["run_id"] == computed:
            now["entitlements_hash"] = _METHODS[row["method"]].digest_of(connection, ENTITLEMENTS)
        now["ledger_hash"] = hashes.get(row["ledger_seq"], "")
        now["previous_hash"] = before
        now["hash"] = hash_of(row)
        before = row["hash"]
        found += [(row["run_id"], _WORDS[name]) for name, value in row.items() if now[name] != value]
    return pl.DataFrame(found + _unsealed(connection), schema=FOUND, orient="row")


def changed_loads(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the runs for which the record of loaded files is no longer as it was sealed."""
    seals = connection.execute("SELECT run_id, method, loads_hash FROM seals JOIN runs USING (run_id) ORDER BY run_seq")
    return [
        run_id
        for run_id, method, kept in seals.fetchall()
        if _part(connection, "loads_hash", method, _covered(connection, run_id, method)) != kept
    ]


UNSEALED = """
    SELECT run_id, 'the run has no seal' FROM runs
    WHERE state <> 'computing' AND run_id NOT IN (SELECT run_id FROM seals)
        AND run_seq > (SELECT MIN(run_seq) FROM runs JOIN seals USING (run_id))
    UNION ALL
    SELECT DISTINCT run_id, 'something was posted in its name after it was sealed' FROM ledger AS l
    JOIN seals AS s USING (run_id) WHERE l.seq > s.ledger_seq
    UNION ALL
    SELECT run_id, 'the run is said to be ' || r.state || ', which is not how far it came'
    FROM runs AS r LEFT JOIN seals AS s USING (run_id) LEFT JOIN publications AS p USING (run_id)
    WHERE r.state <> CASE
            WHEN p.run_id IS NOT NULL THEN 'published'
            WHEN s.run_id IS NOT NULL THEN 'posted'
            ELSE r.state  -- of a run made before seals existed
        END
        OR (r.state = 'published') <> (r.finished_at IS NOT NULL)
    ORDER BY ALL
"""
"""Runs whose seal was removed (runs before the first seal never had one), that were posted to after it, or whose state
is not what follows from their seal and their publication."""


def _unsealed(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return [(run_id, found) for run_id, found in connection.execute(UNSEALED).fetchall()]


class _Method(NamedTuple):
    parts: Mapping[str, str]
    digest_of: Callable[..., str]


_METHODS = {
    1: _Method(FIRST_PARTS, earlier_digest.digest),
    2: _Method(SECOND_PARTS, digest.digest),
    3: _Method(THIRD_PARTS, digest.digest),
    NEWEST: _Method(PARTS, digest.digest),
}

COVERED = """
    SELECT r.run_seq AS run, r.load_seq AS load, r.decision_seq AS decision,
        COALESCE(MAX(e.run_seq), 0) AS since_run,
        COALESCE(MAX(e.load_seq), 0) AS since_load, COALESCE(MAX(e.decision_seq), 0) AS since_decision
    FROM runs AS r
    LEFT JOIN (SELECT q.* FROM runs AS q JOIN seals AS s USING (run_id) WHERE s.method >= $method) AS e
        ON e.run_seq < r.run_seq
    WHERE r.run_id = $run_id
    GROUP BY ALL
"""
"""Between which numbers of runs, loads and decisions lies what the seal of a run covers."""


def _covered(connection: duckdb.DuckDBPyConnection, run_id: str, method: int) -> dict[str, int]:
    found = connection.execute(COVERED, {"run_id": run_id, "method": method}).fetchall()
    names = ("run", "load", "decision", "since_run", "since_load", "since_decision")
    covered = dict(zip(names, found[0] if found else [0] * len(names), strict=True))
    # A seal by method 1 covers what the run wrote itself, whatever lies between it and the one before.
    return covered | {"since_run": covered["run"] - 1} if method == 1 else covered


def _parts(connection: duckdb.DuckDBPyConnection, run_id: str, method: int) -> dict[str, str]:
    covered = _covered(connection, run_id, method)
    return {name: _part(connection, name, method, covered) for name in _METHODS[method].parts}


def _part(connection: duckdb.DuckDBPyConnection, name: str, method: int, covered: Mapping[str, int]) -> str:
    rows = _METHODS[method].parts[name]
    # DuckDB refuses parameters that a statement does not use.
    named = {key: value for key, value in covered.items() if re.search(rf"\${key}\b", rows)}
    return _METHODS[method].digest_of(connection, rows, named)


_WORDS = {
    "ledger_hash": "the ledger no longer ends, or goes on, as the run left it",
    "run_hash": "what the run knew was changed",
    "loads_hash": "the list of files loaded was changed",
    "rules_hash": "the list of rule texts was changed",
    "decisions_hash": "what people had decided was changed",
    "payouts_hash": "what the run drafted to be paid was changed",
    "settlements_hash": "which periods the run settled was changed",
    "states_hash": "how far an earlier run came, when, or what it published, was changed",
    "templates_hash": "the templates of visits that the run found were changed",
    "logos_hash": "the logo that the run found was changed",
    "batches_hash": "what was exported, when, or by whom, was changed",
    "method": "the seal itself was changed",
    "origins_hash": "why the run restated was changed",
    "entitlements_hash": "what the run computed was changed",
    "previous_hash": "the seal does not follow the one before it",
    "hash": "the seal itself was changed",
}
