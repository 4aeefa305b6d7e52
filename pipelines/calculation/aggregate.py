"""The stage aggregate: compile the rules to lookups, then sum all transactions for all programs in one scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.in_force import exclude, known_by, show_in_force
from pipelines.books.logos import keep_logo
from pipelines.books.runs import open_run
from pipelines.books.unknown_sales import unknown_sales
from pipelines.calculation.contradictions import contradictions
from pipelines.calculation.difference import find_changed, is_looked_up_alike, last_scan, remember_scan
from pipelines.calculation.filter_values import check_filter_values
from pipelines.calculation.more_facts import gather
from pipelines.calculation.rule_files import filter_columns_of, load_programs, refuse_missing
from pipelines.calculation.sums import add_up, count_attributes, currencies, distinct_attributes, rows_read
from pipelines.calculation.template_files import keep_templates
from pipelines.console.stage_progress import StageResult
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, read_row, with_arrow, write
from rules.authoring.check import missing_columns
from rules.compiled.days_inside import compile_days_inside
from rules.compiled.lookups import attribute_columns, compile_lookups
from rules.compiled.master_data import MasterData
from rules.compiled.policies import compile_policies
from rules.compiled.provision_table import compile_provisions
from rules.compiled.terms import compile_terms
from rules.rating.tiers import compile_tiers
from schemas.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import duckdb

    from pipelines.books.runs import OpenRun, Run
    from pipelines.workspace.configuration import Workspace
    from rules.language.model import Program
    from schemas.errors import Problem

COUNTS = """
    SELECT COUNT(*), CAST(COALESCE(SUM(transactions), 0) AS BIGINT) - (
        SELECT COUNT(*) - COUNT(DISTINCT t.row_key)
        FROM work.transactions_in_force AS t JOIN work.days AS d ON d.activity_date = t.activity_date
        WHERE t.counted_by IS NOT NULL
    )
    FROM work.sums
"""
"""The sums of the scan, and the transactions in them: what counts by two days is one transaction."""


def aggregate(workspace: Workspace, run: Run) -> StageResult:
    """Write work.sums, the lookups and the other facts for the run that the current inputs make."""
    run.progress.start("aggregate", None)
    programs = load_programs(workspace)
    with connect(workspace) as connection:
        this_run, warned = begin(connection, workspace, programs, run.as_of)
        keep_templates(connection, workspace, this_run)
        warned += keep_logo(connection, workspace, this_run.run_id)
        scan(connection, programs, this_run, is_ahead=workspace.config.is_ahead)
        warned += unknown_sales(connection)
        groups, transactions = read_row(connection, COUNTS)
    run.progress.end()
    rebates = sum(len(program.rebates) for program in programs)
    counts: dict[str, int | str] = {
        "programs": len(programs),
        "rebates": rebates,
        "transactions": transactions,
        "groups": groups,
    }
    return StageResult("aggregate", counts | ({"warned": "\n".join(map(str, warned))} if warned else {}))


def begin(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, programs: Sequence[Program], as_of: date
) -> tuple[OpenRun, list[Problem]]:
    """Open the run that the current inputs make, and return it with what is doubtful about them.

    Raises:
        BooksError: a program that paid is gone, or the run would take back what was paid on a filter value.
        RuleError: a filter names a column that the data does not have.
    """
    # Before the run is opened: a refused run leaves no trace in the books.
    refuse_missing(connection, programs)
    _refuse_missing_columns(connection, programs)
    warned: list[Problem] = [*check_filter_values(connection, workspace, programs), *contradictions(connection)]
    this_run = open_run(connection, workspace, programs, as_of)
    # Kept even if the run is stopped later: the row of the run refers to them.
    store_rule_versions(connection, programs)
    return this_run, warned


def scan(
    connection: duckdb.DuckDBPyConnection, programs: Sequence[Program], run: OpenRun, *, is_ahead: bool = False
) -> None:
    """Write the lookups of `programs` and, in one scan of the transactions, work.sums and its control totals.

    Other facts that the rules ask for are gathered too, see pipelines.calculation.more_facts. `is_ahead`: also compile
    the open periods for a forecast.
    """
    _refuse_missing_columns(connection, programs)
    columns = attribute_columns(programs)
    before = last_scan(connection, run, columns)
    leaves_out = exclude(connection, run)
    # Before the lookups: they are compiled for the attributes and currencies that are in force.
    show_in_force(connection, run, columns, leaves_out=leaves_out)
    if before and not find_changed(connection, before, run):
        before = None
    count_attributes(connection, run, columns, by_difference=before is not None)
    master = _master_data(connection, run, columns)
    lookups = compile_lookups(programs, compile_terms(programs, run.as_of, is_ahead=is_ahead), master, run.as_of)
    if before and not is_looked_up_alike(connection, lookups):
        before = None
    rates = read(connection, known_by(run, "fx_rates"))
    provisions = compile_provisions(programs)
    rules = {
        "tiers": compile_tiers(programs),
        "policies": compile_policies(programs, run.as_of),
        "provisions": provisions,
        "days_inside": compile_days_inside(
            lookups["participants"], lookups["member_spans"], periods=lookups["periods"], provisions=provisions
        ),
    }
    write(connection, {**lookups, "fx_rates": rates, **rules})
    kinds = lookups["terms"]["kind"].unique().to_list()
    # After the lookups are written, which both read.
    add_up(connection, run, before, kinds)
    gather(connection, run, kinds)
    remember_scan(connection, run, columns, rows_read=rows_read(connection, by_difference=before is not None))


def _refuse_missing_columns(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program]) -> None:
    known = {data_set: dict.fromkeys(names) for data_set, names in filter_columns_of(connection).items()}
    if findings := missing_columns(programs, known):
        raise RuleError(*findings)


def store_rule_versions(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program]) -> None:
    """Record the wording of every program in use, with its calendar, so that each posting can be traced to it."""
    rows = [(program.version, program.id, program.file, program.wording) for program in programs]
    frame = pl.DataFrame(rows, dict.fromkeys(("rule_version", "program", "file", "text"), pl.String), orient="row")
    with_arrow(connection, frame, "INSERT INTO rule_versions BY NAME SELECT * FROM incoming ON CONFLICT DO NOTHING")


def _master_data(connection: duckdb.DuckDBPyConnection, run: OpenRun, columns: Sequence[str]) -> MasterData:
    """Return the rows of master data that `run` sees, and the texts and currencies of its transactions."""

    def rows(data_set: str) -> pl.DataFrame:
        return read(connection, known_by(run, data_set))

    return MasterData(
        members=rows("members"),
        hierarchy=rows("hierarchy"),
        enrolments=rows("enrolments"),
        products=rows("products"),
        unit_conversions=rows("unit_conversions"),
        attributes=distinct_attributes(connection, columns),
        currencies=currencies(connection),
        files=read(connection, "SELECT load_seq, path FROM loads"),
    )
