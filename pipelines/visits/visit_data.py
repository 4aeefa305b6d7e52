"""What is known of visits: rows in force as the last run saw them, as frames."""

# Names are quoted and come from code: nothing in an extract can reach the SQL.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.authoring.visit_templates import load_templates
from pipelines.books.in_force import is_in_force, known_by
from pipelines.books.runs import current_run
from pipelines.warehouse.connection import connect
from pipelines.warehouse.data_tables import sql_type
from pipelines.warehouse.frames import has_table, read, read_row, registered
from pipelines.warehouse.quoting import quoted
from pipelines.warehouse.sql_files import read_sql
from rules.visits.attainment import with_attainment
from rules.visits.facts import TASKS, VISITS, visit_facts
from rules.visits.measures import with_change
from rules.visits.wanted import directions_of, stock_indicators, wanted_visits
from schemas.catalogue import DATA_SETS
from schemas.types import VALUE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import duckdb

    from pipelines.books.runs import OpenRun
    from pipelines.workspace.configuration import Workspace
    from rules.visits.template import Template

VISITS_SQL = read_sql("visits", "visits")
STOCK_SQL = read_sql("visits", "stock")
MEASURED_SQL = read_sql("visits", "measured")
_VISIT = "source || chr(31) || visit_id"

MEASURED = (
    "row", "visit", "member_id", "rep_id", "region", "template", "day", "kpi", "product_id", "actual", "target", "unit",
    "found", "is_met", "attainment", "change",
)  # fmt: skip
"""Columns of measured indicators; `row` tells those of one member apart, in the order of its visits."""

MOST_AT_ONCE = 1_000_000
"""About how many indicators are worked on at a time."""


@dataclass(frozen=True)
class VisitData:
    """What is known of visits as of a run: `details` and `facts` have a row a visit, `measured` one an indicator.

    details: columns of visits.sql. facts: see rules.visits.facts. measured: MEASURED,
    see with_attainment and with_change.
    stock: columns of stock.sql. wanted: who is to be visited, see rules.visits.wanted.
    """

    run: OpenRun
    templates: Sequence[Template]
    details: pl.DataFrame
    facts: pl.DataFrame
    tasks: pl.DataFrame
    measured: pl.DataFrame
    stock: pl.DataFrame
    wanted: pl.DataFrame
    members: pl.DataFrame

    @property
    def new_year(self) -> date:
        """Return the first day of the year of the books."""
        return self.run.as_of.replace(month=1, day=1)

    @property
    def this_year(self) -> pl.Expr:
        """Return whether a row is of that year up to the day of the books, by its day."""
        return pl.col("day").is_between(self.new_year, self.run.as_of)

    @property
    def regions(self) -> pl.DataFrame:
        """Return the region of each member, the latest that is known: member_id, region."""
        return self.members.sort("valid_from").group_by("member_id").agg(pl.col("region").last())


def visit_data(workspace: Workspace) -> VisitData:
    """Return what is known of visits, as the last run saw it.

    Raises:
        BooksError: nothing was computed yet.
        RuleError: a template has mistakes, or there is none.
    """
    templates = load_templates(workspace)
    with connect(workspace, read_only=True) as connection:
        run = current_run(connection)
        details = read(
            connection, VISITS_SQL.format(**rows_in_force(connection, run, "members", "locations", "visits"))
        )
        tasks = read(connection, f"SELECT {_VISIT} AS visit, * FROM ({rows_of(connection, run, 'visit_tasks')})")
        facts = visit_facts(
            details.select(VISITS.names()), tasks.select(TASKS.names()), templates=ids_of(templates), as_of=run.as_of
        )
        measured = _measured(connection, run, facts, templates)
        stock = _stock(connection, run, measured, templates)
        members = read(connection, f"{rows_of(connection, run, 'members')} ORDER BY member_id, valid_from")
    wanted = wanted_visits(templates, members)
    return VisitData(run, templates, details, facts, tasks, measured, stock, wanted, members)


def ids_of(templates: Sequence[Template]) -> list[str]:
    """Return the ids of templates, each once."""
    return sorted({template.id for template in templates})


def rows_of(connection: duckdb.DuckDBPyConnection, run: OpenRun, data_set: str) -> str:
    """Return the query for the rows of a data set in force for `run`; for none, where it was never loaded."""
    if not has_table(connection, data_set):
        columns = [f"CAST(NULL AS {sql_type(c.dtype)}) AS {quoted(c.name)}" for c in DATA_SETS[data_set].columns]
        return f"SELECT {', '.join(columns)}, '' AS source, 0 AS load_seq, 0 AS line WHERE false"
    if data_set == "transactions":
        return f"SELECT * FROM transactions WHERE {is_in_force(run)}"
    return known_by(run, data_set)


def rows_in_force(connection: duckdb.DuckDBPyConnection, run: OpenRun, *data_sets: str) -> dict[str, str]:
    """Return the queries of `rows_of` by data set."""
    return {data_set: rows_of(connection, run, data_set) for data_set in data_sets}


def _measured(
    connection: duckdb.DuckDBPyConnection, run: OpenRun, facts: pl.DataFrame, templates: Sequence[Template]
) -> pl.DataFrame:
    """Return the indicators of visits that took place, with how far they reach their targets: columns MEASURED.

    They are read by so many members at a time that memory stays small: indicators of one are compared with each other.
    """
    query = MEASURED_SQL.format(kpis=rows_of(connection, run, "visit_kpis"))
    (count,) = read_row(connection, f"SELECT COUNT(*) FROM ({rows_of(connection, run, 'visit_kpis')})")
    parts = max(1, -(-count // MOST_AT_ONCE))
    about = facts.filter("is_made").select("visit", "member_id", "rep_id", "region", "template", "day")
    place = pl.col("member_id").rank("dense").cast(pl.Int64) - 1
    members = max(1, about["member_id"].n_unique())
    numbered = about.with_columns(part=place * parts // members)
    read_parts = []
    for part in range(parts):
        some = numbered.filter(part=part).drop("part")
        with registered(connection, about=some.select("visit")):
            kpis = read(connection, query).with_row_index("row")
        found = kpis.join(some, on="visit").join(directions_of(templates), on=["template", "kpi"], how="left")
        read_parts.append(with_change(with_attainment(found)).sort("row").select(MEASURED))
    return pl.concat(read_parts, rechunk=False)


def _stock(
    connection: duckdb.DuckDBPyConnection, run: OpenRun, measured: pl.DataFrame, templates: Sequence[Template]
) -> pl.DataFrame:
    """Return the counts of stock, each with what the shelf should hold by orders, and the difference."""
    is_count = pl.col("kpi").is_in(stock_indicators(templates)) & pl.col("product_id").is_not_null()
    columns = ("visit", "row", "member_id", "product_id", "day", "unit", "found")
    counts = measured.lazy().filter(is_count, pl.col("found").is_not_null()).select(columns).collect()
    with registered(connection, counts=counts):
        rows = read(connection, STOCK_SQL.format(**rows_in_force(connection, run, "products", "transactions")))
    bought = pl.when(pl.col("before_on").is_not_null()).then(pl.col("bought").cast(VALUE).fill_null(0))
    return rows.with_columns(bought=bought).with_columns(
        difference=(pl.col("counted") - pl.col("before") - pl.col("bought")).cast(VALUE)
    )
