"""The data of statements, read from the warehouse as the last run left it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.in_force import known_by
from pipelines.books.logos import logo_of_run
from pipelines.books.trace import LEFT_OUT_SQL
from pipelines.publish.presentation import brand_of
from pipelines.warehouse.frames import read, registered
from pipelines.warehouse.sql_files import read_sql
from reports.statement.statement_data import Clause, Figure, Issue, StatementFrames
from reports.statement.summary import with_forms
from rules.language.figures import ONE_OF
from rules.loading.figure_checks import is_same_figure
from rules.money import MINOR_UNITS
from rules.rating.next_tier import NEXT_TIER_KEY, next_tiers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb

    from pipelines.books.runs import OpenRun
    from pipelines.workspace.configuration import Workspace
    from rules.language.model import Measure, Program, Rebate, Title

POSITIONS_SQL = read_sql("publish", "positions")
SETTLED_SQL = read_sql("publish", "settled")
CAUSES_SQL = read_sql("publish", "causes")
VISITS_SQL = read_sql("publish", "visits")
LEFT_OUT = f"""
    SELECT w.payee_id, w.program, w.rebate, w.member_id, w.period, t.transaction_id, t.activity_date, t.quantity,
        t.unit, t.amount, t.currency, t.reason
    FROM ({LEFT_OUT_SQL}) AS t
    JOIN wanted AS w USING (horizon, program, rebate, term, node_id, period)
    WHERE NOT w.is_shared OR w.member_id = t.member_id
"""  # noqa: S608 - constant text
"""Transactions that the wanted positions lack; of a group's each payee sees its own."""

LEFT_OUT_COLUMNS = pl.Schema(
    {
        **dict.fromkeys(("payee_id", "program", "rebate", "member_id", "period", "transaction_id"), pl.String()),
        "activity_date": pl.Date(),
        "quantity": pl.Decimal(18, 6),
        "unit": pl.String(),
        "amount": pl.Decimal(18, 4),
        "currency": pl.String(),
        "reason": pl.String(),
    }
)

EARLIER = """
    SELECT payout_period, ARG_MAX(run_id, run_seq) FROM runs JOIN publications USING (run_id)
    WHERE run_seq < ? AND payout_period < ? GROUP BY payout_period
"""


def read_earlier(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> dict[str, str]:
    """Return the run that published the last statements of each payout period before that of `run`."""
    return dict(connection.execute(EARLIER, [run.run_seq, run.payout_period]).fetchall())


def issue_of(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    run: OpenRun,
    programs: Sequence[Program],
    *,
    tiers: pl.DataFrame,
) -> Issue:
    """Return what all statements of `run` share."""
    return Issue(
        brand=replace(brand_of(workspace), logo=logo_of_run(connection, run.run_id)),
        clauses=tuple(clause for program in programs for clause in _clauses(program)),
        digits=MINOR_UNITS,
        tiers=tiers,
        as_of=run.as_of,
        payout_period=run.payout_period,
        language=workspace.config.language,
        earlier=read_earlier(connection, run),
    )


def read_positions(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return the positions that statements show, sorted by payee_id and numbered (figure); see sql/positions.sql."""
    parameters = {"payout_period": run.payout_period, "as_of": run.as_of}
    found = read(connection, POSITIONS_SQL, parameters)
    by_payee = found.sort("payee_id", "program", "rebate", "period", "member_id").with_row_index("figure")
    return with_forms(by_payee.with_columns(pl.col("figure").cast(pl.Int64)), run.as_of)


def read_settled(connection: duckdb.DuckDBPyConnection, run: OpenRun, positions: pl.DataFrame) -> pl.DataFrame:
    """Return what was settled and stated before and is not among `positions`: see StatementFrames.settled."""
    with registered(connection, shown=positions.select("payee_id", "program", "rebate", "member_id", "period")):
        parameters = {"payout_period": run.payout_period, "as_of": run.as_of}
        return read(connection, SETTLED_SQL, parameters)


def read_visits(connection: duckdb.DuckDBPyConnection, run: OpenRun, positions: pl.DataFrame) -> pl.DataFrame:
    """Return the visits of payees and their members, and what was agreed: see StatementFrames.visits."""
    own = positions.select("payee_id", member_id="payee_id")
    of_payees = pl.concat([positions.select("payee_id", "member_id"), own]).unique()
    query = VISITS_SQL.format(visits=known_by(run, "visits"), tasks=known_by(run, "visit_tasks"))
    with registered(connection, of_payees=of_payees):
        return read(connection, query, {"as_of": run.as_of})


def read_causes(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return the causes of the restatements of the payout period: seq, causes (see StatementFrames.lines)."""
    return read(connection, CAUSES_SQL, [run.payout_period])


def read_left_out(connection: duckdb.DuckDBPyConnection, positions: pl.DataFrame) -> pl.DataFrame:
    """Return the transactions that `positions` lack for want of a rate or factor: see StatementFrames.left_out."""
    wanted = positions.filter(pl.col("unconverted") > 0).select(
        "payee_id", "horizon", "program", "rebate", "term", "member_id", "node_id", "period",
        is_shared=pl.col("part").is_not_null(),
    )  # fmt: skip
    if wanted.is_empty():
        return pl.DataFrame(schema=LEFT_OUT_COLUMNS)  # the usual case: the joins cost the same over no rows
    with registered(connection, wanted=wanted):
        return read(connection, LEFT_OUT)


def with_next_tiers(
    positions: pl.DataFrame,
    sums: pl.DataFrame,
    tiers: pl.DataFrame,
    rebates: pl.DataFrame,
    *,
    provisions: pl.DataFrame,
) -> pl.DataFrame:
    """Return `positions` with the way to the next tier, the single unit bought in, and whether amounts were converted.

    `sums`: see StatementFrames. Of a shared payout the way is the group's, and no price is stated, since the
    transactions are only the member's own.
    """
    # Quantities of several units cannot be added, nor amounts of several currencies: then no price is derived.
    one_unit = pl.col("unit").n_unique() == 1
    own_currency = (pl.col("currency") == pl.col("rebate_currency")).all()
    sold = (
        sums.join(rebates.select("program", "rebate", rebate_currency="currency"), on=["program", "rebate"])
        .group_by(NEXT_TIER_KEY)
        .agg(
            amount=pl.when(own_currency).then(pl.col("amount").sum()),
            quantity=pl.when(one_unit).then(pl.col("quantity").sum()),
            sold_unit=pl.when(one_unit).then(pl.col("unit").first()),
            is_converted=~own_currency,
        )
    )
    of_groups = positions.filter(pl.col("part").is_not_null())
    ahead = next_tiers(
        positions, tiers, rebates, sold.join(of_groups, on=NEXT_TIER_KEY, how="anti"), provisions=provisions
    )
    return positions.join(ahead, on=NEXT_TIER_KEY, how="left").join(
        sold.select(*NEXT_TIER_KEY, "sold_unit", "is_converted"), on=NEXT_TIER_KEY, how="left"
    )


def batch_numbers(payees: pl.DataFrame, size: int) -> pl.DataFrame:
    """Return in which batch of so many each payee is: payee_id, batch (from 0)."""
    return payees.select("payee_id").with_row_index("place").select("payee_id", batch=pl.col("place") // size)


def in_batches(frame: pl.DataFrame, numbers: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the rows of each batch of payees, cut out of those of all in one go; numbers: see `batch_numbers`."""
    placed = frame.join(numbers, on="payee_id", maintain_order="left")
    parts = placed.partition_by("batch", maintain_order=True, include_key=False, as_dict=True)
    return [parts.get((number,), frame.clear()) for number in numbers["batch"].unique(maintain_order=True)]


def statement_frames(books: StatementFrames, numbers: pl.DataFrame) -> Iterator[StatementFrames]:
    """Return the statement frames of each batch of payees."""
    names = StatementFrames.__dataclass_fields__
    cut = [in_batches(getattr(books, name), numbers) for name in names]
    return (StatementFrames(**dict(zip(names, batch, strict=True))) for batch in zip(*cut, strict=True))


def of_payees(frame: pl.DataFrame, payee_ids: Iterable[str]) -> pl.DataFrame:
    """Return the rows of a few payees."""
    return frame.filter(pl.col("payee_id").is_in(list(payee_ids)))


def _clauses(program: Program) -> list[Clause]:
    return [
        Clause(
            program=program.id,
            rebate=name,
            program_titles=_titles(program.title),
            titles=_titles(rebate.title),
            program_reference=program.reference,
            reference=rebate.reference or "",
            currency=program.currency,
            method=rebate.method,
            measure=_figure(rebate.measure, rebate),
            qualifier=_figure(rebate.qualifier, rebate),
            has_own_qualifier=not is_same_figure(rebate.qualifier, rebate.measure),
            priced_by=program.fx.policy,
        )
        for name, rebate in program.rebates.items()
    ]


def _figure(figure: Measure, rebate: Rebate) -> Figure:
    baseline = figure.baseline.kind if figure.baseline else ""
    unit = (figure.unit or rebate.unit or "") if figure.counted == "quantity" else ONE_OF.get(figure.counted, "")
    return Figure(figure.counted, figure.kind, unit, baseline)


def _titles(title: Title | None) -> dict[str, str]:
    return {} if title is None else title.by_language
