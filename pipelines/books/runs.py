"""Runs: what each one knew, and the identity that follows from it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from pipelines.console.stage_progress import Silent
from pipelines.warehouse.frames import has_work, read_row
from rules.compiled.periods import month_of
from schemas.errors import BooksError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.console.stage_progress import Progress
    from pipelines.workspace.configuration import Workspace
    from rules.language.model import Program


@dataclass(frozen=True)
class Run:
    """What is asked for: the books as of a day."""

    as_of: date
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True)
class OpenRun:
    """The run that the last `aggregate` opened, as the stages after it see it."""

    run_id: str
    as_of: date
    load_seq: int
    payout_period: str
    run_seq: int
    decision_seq: int


@dataclass(frozen=True)
class Known:
    """What a run is made from; the same again is the same run."""

    product_version: str
    as_of: date
    config_text: str
    rule_versions: list[str]
    files: list[str]
    decided: int | None
    """The last decision of a person; None for a run of a time before there were decisions."""

    def fingerprint(self) -> str:
        """Return the hash of all of it."""
        known = [self.product_version, self.as_of.isoformat(), self.config_text, self.rule_versions, self.files]
        return _sha256(known if self.decided is None else [*known, self.decided])


def loaded_by(connection: duckdb.DuckDBPyConnection, load_seq: int) -> list[str]:
    """List the hashes of the files that were loaded up to a load."""
    files = "SELECT sha256 FROM loads WHERE load_seq <= ? ORDER BY sha256, data_set, source"
    return [sha256 for (sha256,) in connection.execute(files, [load_seq]).fetchall()]


def open_run(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, programs: Sequence[Program], as_of: date
) -> OpenRun:
    """Find or write down the run that these inputs make; the same inputs again are the same run.

    Its id holds the as-of date and a hash of the product version, configuration, rule texts, files loaded and what
    people decided, and of the run before it: inputs that come back after others were run meet other books, so they are
    another run. What runs decide by themselves follows from all that, and is no input.

    Raises:
        BooksError: the books already stand at a later day.
    """
    (latest,) = read_row(connection, "SELECT MAX(as_of) FROM runs WHERE state <> 'computing'")
    if latest and latest > as_of:
        found = f"the books already stand at {latest}; a run as of {as_of} would take back what was settled since"
        raise BooksError(Problem(found, f"run as of {latest} or later"))
    (load_seq,) = read_row(connection, "SELECT COALESCE(MAX(load_seq), 0) FROM loads")
    rule_versions = sorted(program.version for program in programs)
    product_version = version("rebatch")
    made = "SELECT MAX(decision_seq), MAX(decision_seq) FILTER (run_id IS NULL) FROM decisions"
    decision_seq, decided = (seq or 0 for seq in read_row(connection, made))
    files = loaded_by(connection, load_seq)
    known = Known(product_version, as_of, workspace.config_text, rule_versions, files, decided)
    fingerprint = known.fingerprint()
    run_id = _run_id(connection, fingerprint, as_of)
    connection.execute(
        """
        INSERT INTO runs BY NAME
        SELECT COALESCE((SELECT MAX(run_seq) FROM runs), 0) + 1 AS run_seq, $run_id AS run_id,
            $fingerprint AS fingerprint, $as_of AS as_of,
            $load_seq AS load_seq, $decision_seq AS decision_seq, $payout_period AS payout_period,
            $product_version AS product_version, $config_text AS config_text, $rule_versions AS rule_versions,
            'computing' AS state, $now AS started_at
        WHERE NOT EXISTS (SELECT 1 FROM runs WHERE run_id = $run_id)
        """,
        {
            "run_id": run_id,
            "fingerprint": fingerprint,
            "as_of": as_of,
            "load_seq": load_seq,
            "decision_seq": decision_seq,
            "payout_period": month_of(as_of),
            "product_version": product_version,
            "config_text": workspace.config_text,
            "rule_versions": rule_versions,
            "now": now(),
        },
    )
    connection.execute("CREATE OR REPLACE TABLE work.run AS SELECT $run_id AS run_id", {"run_id": run_id})
    return current_run(connection)


def _run_id(connection: duckdb.DuckDBPyConnection, fingerprint: str, as_of: date) -> str:
    before = "SELECT run_id, fingerprint FROM runs WHERE state <> 'computing' ORDER BY run_seq DESC LIMIT 1"
    latest = connection.execute(before).fetchall()
    if latest and latest[0][1] == fingerprint:
        return str(latest[0][0])
    return name_run(as_of, fingerprint, str(latest[0][0]) if latest else "")


def name_run(as_of: date, fingerprint: str, run_before: str) -> str:
    """Return the id of a run that follows `run_before`, the one posted last ("" for the first)."""
    return f"{as_of}-{_sha256([fingerprint, run_before])[:12]}"


def _sha256(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def current_run(connection: duckdb.DuckDBPyConnection) -> OpenRun:
    """Return the run that `aggregate` opened last: the one the tables in `work` belong to.

    Raises:
        BooksError: nothing was computed yet.
    """
    if not has_work(connection, "run"):
        raise BooksError(Problem("nothing has been computed in this workspace yet", "`rebatch run` first"))
    columns = ", ".join(OpenRun.__dataclass_fields__)
    return OpenRun(*read_row(connection, f"SELECT {columns} FROM runs JOIN work.run USING (run_id)"))  # noqa: S608 - names from code


def last_posted(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the id of the last run that was posted; None if none was."""
    newest = "SELECT run_id FROM runs WHERE state <> 'computing' ORDER BY run_seq DESC LIMIT 1"
    found = connection.execute(newest).fetchall()
    return str(found[0][0]) if found else None


def run_before(connection: duckdb.DuckDBPyConnection, run_id: str) -> OpenRun | None:
    """Return the last run before this one that was posted; None for the first."""
    columns = ", ".join(OpenRun.__dataclass_fields__)
    before = f"""
        SELECT {columns} FROM runs
        WHERE state <> 'computing' AND run_seq < (SELECT run_seq FROM runs WHERE run_id = ?)
        ORDER BY run_seq DESC LIMIT 1
    """  # noqa: S608 - names from code
    found = connection.execute(before, [run_id]).fetchall()
    return OpenRun(*found[0]) if found else None


def set_state(connection: duckdb.DuckDBPyConnection, run_id: str, state: str) -> None:
    """Write down how far the run came; `finished_at` is when it was published first."""
    connection.execute(
        """
        UPDATE runs SET state = $state,
            finished_at = CASE WHEN $state = 'published' THEN COALESCE(finished_at, $now) ELSE finished_at END
        WHERE run_id = $run_id AND state <> $state
        """,
        {"run_id": run_id, "state": state, "now": now()},
    )


def now() -> datetime:
    """Return the wall clock, in UTC without a zone: for the records of operations only, never for money."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
