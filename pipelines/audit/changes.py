"""Changes: everything that happened to the books since a run, in words, by figure and cause, tied out to the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.past import find_run, read_past_run
from pipelines.console.tables import Table
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, registered
from pipelines.warehouse.sql_files import read_sql
from rules.authoring.wording_changes import wording_changes, words_for
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.workspace.configuration import Workspace

CHANGES_SQL = read_sql("audit", "changes")

BALANCES = """
    SELECT currency, CAST(COALESCE(SUM(amount) FILTER (seq <= $seq), 0) AS DECIMAL(18, 4)) AS before,
        CAST(SUM(amount) AS DECIMAL(18, 4)) AS after
    FROM payable GROUP BY currency ORDER BY currency
"""
"""Per currency, the ledger up to the posting `seq` and as it is now."""

REWORDED = """
    SELECT DISTINCT p.program, p.rebate, o.rule_version_before, o.rule_version,
        COALESCE(b.text, '') AS before, COALESCE(n.text, '') AS after
    FROM origins AS o
    JOIN payable AS p USING (posting_id)
    LEFT JOIN rule_versions AS b ON b.rule_version = o.rule_version_before
    LEFT JOIN rule_versions AS n ON n.rule_version = o.rule_version
    WHERE o.cause = 'rule_change' AND p.seq > ?
"""
"""The wordings before and after each change of rules that restated a rebate."""

BOUND = {
    "budget": "{figures} scaled to the budget of the program",
    "limit": "{figures} held to the limit of the program",
    "stacking": "{figures} moved by other rebates of the stack group",
    "version": "{figures} made by another version of Rebatch",
    "recomputed": "{figures} changed although no row, rule or other data did",
}
"""What is said of figures that changed because of what they are bound to."""

SHOWN_SOURCES = 3
"""The most files or texts that are named in one line; `changes` of the JSON has them all."""

SUMMARY = {"program": pl.String, "rebate": pl.String, "cause": pl.String, "what": pl.String, "figures": pl.Int64,
           "members": pl.Int64, "currency": pl.String, "difference": MONEY}  # fmt: skip


def changes(workspace: Workspace, since: str) -> list[Table]:
    """Return what changed in the books after the run that `since` names (its id, or the last one up to a day).

    First a summary: per program, rebate and cause what changed, in words ("tier 2: 1.5 % → 1.75 %"), in how many
    figures, and by how much. Then the sums by cause, how they lead from the ledger then to the ledger now, and each
    figure: per program, rebate, member, period and cause what the postings added up to before and after, and which
    rows, files or rules are behind it. The causes: settled (for the first time), late or corrected rows, excluded,
    included, rule_change, data (another data set), adjustment, carry_forward, and those of BOUND. Two causes at once
    are named together ("corrected + late"); amounts of one cause are added up, so the steps are in the order in which
    each cause first occurred.

    Raises:
        BooksError: there is no such run.
    """
    with connect(workspace, read_only=True) as connection:
        run = read_past_run(connection, find_run(connection, since))
        seq = {"seq": run.ledger_after}
        with registered(connection, wordings=_wordings(connection, run.ledger_after)):
            found = read(connection, CHANGES_SQL, seq)
        balances = read(connection, BALANCES, seq)
    figures = found.drop("sources")
    return [
        Table("summary", f"What changed since {run.run.run_id}", _summary(found)),
        Table("causes", "By cause", _sums(found, "cause")),
        Table("ledger", "The ledger", _tied_out(balances, found)),
        Table("changes", "Figure by figure", figures),
    ]


def _wordings(connection: duckdb.DuckDBPyConnection, seq: int) -> pl.DataFrame:
    """Return what the changes of rules after posting `seq` are about, in words, by rebate and versions."""
    reworded = read(connection, REWORDED, [seq])
    rows = [
        (program, rebate, was, now, words_for(wording_changes(before, after), rebate))
        for program, rebate, was, now, before, after in reworded.iter_rows()
    ]
    names = ("program", "rebate", "rule_version_before", "rule_version", "words")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _summary(found: pl.DataFrame) -> pl.DataFrame:
    """Return the changes grouped by program, rebate, cause and currency, each with what it is about."""
    place = ("program", "rebate", "cause", "currency")
    difference = pl.col("difference").cast(pl.Decimal(38, 4)).sum().cast(MONEY)
    grouped = found.group_by(place, maintain_order=True).agg(
        pl.col("sources").explode(empty_as_null=False).unique(maintain_order=True),
        figures=pl.len().cast(pl.Int64), members=pl.col("member_id").n_unique().cast(pl.Int64), difference=difference,
    )  # fmt: skip
    what = [_what(*group) for group in grouped.select("cause", "sources", "figures").iter_rows()]
    return grouped.with_columns(what=pl.Series(what, dtype=pl.String)).select(*SUMMARY)


def _what(cause: str, sources: Sequence[str], figures: int) -> str:
    """Return what a group of changes is about: what binds them, the rules in words, the files or reasons."""
    counted = "1 figure" if figures == 1 else f"{figures:,} figures"
    bound = [BOUND[name].format(figures=counted) for name in cause.split(" + ") if name in BOUND]
    more = len(sources) - SHOWN_SOURCES
    return "; ".join([*bound, *sources[:SHOWN_SOURCES], *([f"{more} more"] if more > 0 else [])])


def _sums(found: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return the number of figures and the difference per currency, and per value of the columns `by`."""
    difference = pl.col("difference").cast(pl.Decimal(38, 4)).sum().cast(MONEY)
    return found.group_by(*by, "currency").agg(pl.len().alias("figures"), difference).sort(*by, "currency")


def _tied_out(balances: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return the ledger then, the changes and the ledger now, per currency; `is_tied_out` says whether they agree."""
    added = _sums(found).select("currency", "difference")
    zero = pl.lit(0).cast(MONEY)
    return balances.join(added, on="currency", how="left").select(
        "currency",
        "before",
        pl.col("difference").fill_null(zero),
        "after",
        is_tied_out=pl.col("before") + pl.col("difference").fill_null(zero) == pl.col("after"),
    )
