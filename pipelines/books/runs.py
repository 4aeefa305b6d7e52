"""Runs: what each run knew, and the identity that follows from it."""

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
    """A request to run: the day the books are brought to, and who is told of the progress.

    is_rehearsal: where a file is refused, the others are loaded all the same before the error is raised.
    """

    as_of: date
    progress: Progress = field(default_factory=Silent)
    is_rehearsal: bool = False


@dataclass(frozen=True)
class OpenRun:
    """The run opened by the last `aggregate`, as the later stages see it: its inputs as sequence numbers."""

    run_id: str
    as_of: date
    load_seq: int
    payout_period: str
    run_seq: int
    decision_seq: int


@dataclass(frozen=True)
class Known:
    """The inputs of a run; the same inputs make the same run."""

    product_version: str
    as_of: date
    config_text: str
    rule_versions: list[str]
    files: list[str]
    decided: int | None
    """The number of a person's last decision; None for a run made before decisions existed."""

    def fingerprint(self) -> str:
        """Return the SHA-256 of all inputs."""
        # Without `decided` for runs made before decisions existed: their ids must not change.
        known = [self.product_version, self.as_of.isoformat(), self.config_text, self.rule_versions, self.files]
        return _sha256(known if self.decided is None else [*known, self.decided])


def refuse_ahead(as_of: date, today: date) -> None:
    """Refuse a run as of a day that has not come.

    A mistyped year would settle periods still running, and lock the books: they refuse runs of earlier days.

    Raises:
        BooksError: `as_of` is after `today`.
    """
    if as_of > today:
        found = f"{as_of} has not come yet (today is {today}); books that stand there refuse runs of earlier days"
        raise BooksError(Problem(found, "correct --as-of, or say --ahead too if that day is meant"))


def loaded_by(connection: duckdb.DuckDBPyConnection, load_seq: int) -> list[str]:
    """Return the hashes of the files loaded up to `load_seq`, sorted, each with the recipe by which it was read."""
    # A load of a version that kept no recipe is its hash alone, as it was in the fingerprints of that version.
    files = """
        SELECT sha256 || COALESCE(' ' || recipe, '') FROM loads WHERE load_seq <= ?
        ORDER BY sha256, data_set, source, recipe
    """
    return [file for (file,) in connection.execute(files, [load_seq]).fetchall()]


def open_run(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, programs: Sequence[Program], as_of: date
) -> OpenRun:
    """Record the run that these inputs make, or find it; the same inputs again are the same run.

    Its id holds the as-of date and a hash of product version, configuration, rule texts, loaded files, decisions of
    people, and the run before it: inputs that return after others were run meet other books, so they make another run.
    Decisions that runs take automatically follow from these inputs and are not part of them.

    Raises:
        BooksError: the books already stand at a later day.
    """
    (latest,) = read_row(connection, "SELECT MAX(as_of) FROM runs WHERE state <> 'computing'")
    if latest and latest > as_of:
        found = f"the books already stand at {latest}; a run as of {as_of} would take back what was settled since"
        raise BooksError(Problem(found, f"run as of {latest} or later"))
    (load_seq,) = read_row(connection, "SELECT COALESCE(MAX(load_seq), 0) FROM loads")
    # Sorted: the order of files on disk must not change the run's id.
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
    """Return the id of the last posted run if it had the same inputs, else a new id that follows it."""
    before = "SELECT run_id, fingerprint FROM runs WHERE state <> 'computing' ORDER BY run_seq DESC LIMIT 1"
    latest = connection.execute(before).fetchall()
    if latest and latest[0][1] == fingerprint:
        return str(latest[0][0])
    return name_run(as_of, fingerprint, str(latest[0][0]) if latest else "")


def name_run(as_of: date, fingerprint: str, run_before: str) -> str:
    """Return the id of a run that follows `run_before`, the id of the last posted run ("" for the first)."""
    return f"{as_of}-{_sha256([fingerprint, run_before])[:12]}"


def _sha256(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def current_run(connection: duckdb.DuckDBPyConnection) -> OpenRun:
    """Return the run opened by the last `aggregate`, to which the tables of the schema `work` belong.

    Raises:
        BooksError: nothing was computed yet.
    """
    if not has_work(connection, "run"):
        raise BooksError(Problem("nothing has been computed in this workspace yet", "`rebatch run` first"))
    columns = ", ".join(OpenRun.__dataclass_fields__)
    return OpenRun(*read_row(connection, f"SELECT {columns} FROM runs JOIN work.run USING (run_id)"))  # noqa: S608 - names from code


def is_computing(connection: duckdb.DuckDBPyConnection, run_id: str) -> bool:
    """Return whether a run is not posted yet, so that no seal covers what is recorded of it."""
    return connection.execute("SELECT state FROM runs WHERE run_id = ?", [run_id]).fetchall() == [("computing",)]


def last_posted(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the id of the last posted run; None if there is none."""
    newest = "SELECT run_id FROM runs WHERE state <> 'computing' ORDER BY run_seq DESC LIMIT 1"
    found = connection.execute(newest).fetchall()
    return str(found[0][0]) if found else None


def run_before(connection: duckdb.DuckDBPyConnection, run_id: str) -> OpenRun | None:
    """Return the last posted run before this one; None for the first."""
    columns = ", ".join(OpenRun.__dataclass_fields__)
    before = f"""
        SELECT {columns} FROM runs
        WHERE state <> 'computing' AND run_seq < (SELECT run_seq FROM runs WHERE run_id = ?)
        ORDER BY run_seq DESC LIMIT 1
    """  # noqa: S608 - names from code
    found = connection.execute(before, [run_id]).fetchall()
    return OpenRun(*found[0]) if found else None


def set_state(connection: duckdb.DuckDBPyConnection, run_id: str, state: str) -> None:
    """Record how far the run has come; `finished_at` is when it was first published."""
    connection.execute(
        """
        UPDATE runs SET state = $state,
            finished_at = CASE WHEN $state = 'published' THEN COALESCE(finished_at, $now) ELSE finished_at END
        WHERE run_id = $run_id AND state <> $state
        """,
        {"run_id": run_id, "state": state, "now": now()},
    )


def now() -> datetime:
    """Return the wall clock in UTC, without a zone, in whole seconds: for records of operation, never for money."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
