"""The dry run: the stages of a run on a copy, and what they would have loaded, rejected and posted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.reject_list import reject_tables
from pipelines.console.run_report import results_table
from pipelines.console.stage_progress import StageResult
from pipelines.console.tables import Table
from pipelines.intake.extract import extract
from pipelines.intake.extract_list import read_manifest
from pipelines.intake.loads import OUTCOMES
from pipelines.intake.stage import stage
from pipelines.stages import STAGES, at_work
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, read_row
from pipelines.warehouse.scratch import rehearsal
from schemas.errors import ExtractError, RebatchError
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.books.runs import Run
    from pipelines.workspace.configuration import Workspace

MOST_SHOWN = 25
"""Rejected values, and members, that are shown in a terminal; JSON has them all."""

EXTRACTS = """
    SELECT path AS extract, data_set, rows_read AS read, rows_loaded AS loaded, rows_duplicate AS duplicate,
        rows_superseded AS superseded, rows_rejected AS rejected
    FROM loads WHERE load_seq > ? ORDER BY load_seq
"""

REJECTS = """
    SELECT data_set, path AS file, line, column_name AS "column", reason, value, todo, original FROM (
        SELECT * FROM rejects WHERE load_seq > ?
        UNION ALL BY NAME
        SELECT * FROM work.refused
    )
    ORDER BY load_seq, path, line, column_name, reason
"""
"""The rows that loaded files would have rejected, and then those of the files that would be refused whole."""

LOADED = """
    SELECT SUM(rows_read), SUM(rows_loaded), SUM(rows_duplicate), SUM(rows_superseded), SUM(rows_rejected), COUNT(*)
    FROM loads WHERE load_seq > ?
"""

POSTINGS = """
    SELECT program, kind, member_id, payee_id, currency, COUNT(*) AS postings, SUM(amount) AS amount
    FROM ledger WHERE seq > ? GROUP BY ALL
    ORDER BY abs(SUM(amount)) DESC, program, kind, member_id, payee_id, currency
"""


@dataclass(frozen=True)
class DryRun:
    """What a run would do: the counts of its stages, the extracts and rejects it would load, and what it would post.

    extracts: extract, data_set, and rows read, loaded, duplicate, superseded, rejected. rejects: data_set, file, line,
    column, reason, value, todo, original. postings: program, kind, member_id, payee_id, currency, postings, amount.
    stopped_by: what would stop the run, a refused file; the rest is then shown as if that file were not there.
    """

    results: Sequence[StageResult]
    extracts: pl.DataFrame
    rejects: pl.DataFrame
    postings: pl.DataFrame
    stopped_by: RebatchError | None = None

    def tables(self, most: int | None = None) -> list[Table]:
        """Return the tables to show; of rejects and members the first `most`."""
        of_program = ["program", "kind", "currency"]
        programs = (
            self.postings.group_by(of_program)
            .agg(
                pl.col("member_id").n_unique().cast(pl.Int64).alias("members"),
                pl.col("postings").sum().cast(pl.Int64),
                pl.col("amount").sum().cast(MONEY),
            )
            .sort(of_program)
        )
        stages, files = results_table(self.results), self.extracts.drop("data_set")
        return [
            Table(
                stages.name,
                f"What a run would do{self._if_it_could}; nothing was changed",
                stages.frame,
                stages.records,
            ),
            Table("extracts", "What would be loaded, by extract", files, self.extracts.to_dicts()),
            *self._rejects(most),
            Table("programs", f"What would be posted{self._if_it_could}, by program", programs),
            _cut(Table("members", f"What would be posted{self._if_it_could}, by member", self.postings), most),
        ]

    @property
    def _if_it_could(self) -> str:
        return " without what is refused" if self.stopped_by else ""

    def _rejects(self, most: int | None) -> list[Table]:
        """Return the first `most` rejects, and what to do about all of them, once per reason."""
        listed, todo = reject_tables(self.rejects)
        return [_cut(replace(listed, title="What would be rejected"), most), todo]


def dry_run(workspace: Workspace, run: Run) -> DryRun:
    """Run all stages but the last on a copy of the workspace, and return what they did there.

    A refused file would stop the run; here the rest is loaded and computed without it, as far as that can be done.

    Raises:
        RebatchError: what else would stop such a run.
    """
    with rehearsal(workspace) as copy, at_work(copy):
        with connect(copy) as connection:
            before = _last(connection)
        results, stopped_by = _rehearse(copy, replace(run, is_rehearsal=True), before[0])
        with connect(copy) as connection:
            return DryRun(
                results,
                read(connection, EXTRACTS, [before[0]]),
                read(connection, REJECTS, [before[0]]),
                read(connection, POSTINGS, [before[1]]).with_columns(pl.col("amount").cast(MONEY)),
                stopped_by,
            )


def _rehearse(copy: Workspace, run: Run, load_seq: int) -> tuple[list[StageResult], RebatchError | None]:
    """Run the stages, the later ones also after a refused file; return their results and what would stop the run."""
    results: list[StageResult] = []
    stopped_by: RebatchError | None = None
    for each in STAGES[:-1]:
        try:
            results.append(each.run(copy, run))
        except RebatchError as error:
            if each.run in (extract, stage) and isinstance(error, ExtractError):
                results.append(StageResult(each.name, _done(copy, each.name, load_seq)))
            elif stopped_by is None:
                raise
            else:
                break  # for want of the refused file: that is to be mended first
            stopped_by = stopped_by or error
    return results, stopped_by


def _done(copy: Workspace, name: str, load_seq: int) -> dict[str, int | str]:
    """Return the counts of a stage that read what it could, and then told of refused files."""
    if name == "extract":
        return {"files": len(read_manifest(copy).extracts)}
    with connect(copy) as connection:
        loaded = read_row(connection, LOADED, [load_seq])
    return {name: int(rows or 0) for name, rows in zip(("read", *OUTCOMES, "files"), loaded, strict=True)}


def _last(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Return the numbers of the last load and of the last posting; 0 where there is none."""
    loads = "SELECT COALESCE(MAX(load_seq), 0) FROM loads"
    load_seq, seq = read_row(connection, f"SELECT ({loads}), (SELECT COALESCE(MAX(seq), 0) FROM ledger)")  # noqa: S608 - constant text
    return int(load_seq), int(seq)


def _cut(table: Table, most: int | None) -> Table:
    """Return the table with its first `most` rows, and how many it has in its title if there are more."""
    height = table.frame.height
    if most is None or height <= most:
        return table
    return replace(table, title=f"{table.title}: the first {most} of {height:,}", frame=table.frame.head(most))
