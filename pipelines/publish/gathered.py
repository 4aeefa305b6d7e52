"""What the files of a run are made of: the frames behind payout files and statements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipelines.books.decisions import read_lines, read_payouts
from pipelines.books.exclusions import stated_exclusions
from pipelines.books.payees import read_payees
from pipelines.publish.account_data import read_entries, read_stated_payouts, span_of
from pipelines.publish.statement_data import read_causes, read_left_out, read_settled, read_visits, with_next_tiers
from pipelines.warehouse.frames import read
from reports.statement.statement_data import StatementFrames
from rules.rating.next_tier import NEXT_TIER_KEY

if TYPE_CHECKING:
    import duckdb

    from pipelines.books.runs import OpenRun

NUMBERED = ("figure", "payee_id", *NEXT_TIER_KEY)
"""A position by its number, and whose it is."""


class Rules(NamedTuple):
    """What the rules say of the way to the next tier: tables of the schema work."""

    tiers: pl.DataFrame
    rebates: pl.DataFrame
    provisions: pl.DataFrame


@dataclass(frozen=True)
class Gathered:
    """The frames behind payout files and statements, without the transactions; `ids`: payee_id of every statement.

    `payouts`: those of the payout period, for the files; `stated`: those that statements name, earlier ones among them.
    """

    payees: pl.DataFrame
    payouts: pl.DataFrame
    stated: pl.DataFrame
    entries: pl.DataFrame
    settled: pl.DataFrame
    postings: pl.DataFrame
    causes: pl.DataFrame
    positions: pl.DataFrame
    excluded: pl.DataFrame
    left_out: pl.DataFrame
    visits: pl.DataFrame
    ids: pl.DataFrame

    def statements(self, sums: pl.DataFrame, details: pl.DataFrame, rules: Rules) -> Statements:
        """Return the frames of all statements, with names of members and groups; single transactions are read later.

        `sums`, `details`: of the transactions that count, see pipelines.publish.counted.
        """
        names = self.payees.select(member_id="payee_id", member_name="payee_name")
        buyers = self.payees.select(buyer="payee_id", buyer_name="payee_name")
        groups = self.payees.select(node_id="payee_id", node_name="payee_name")
        of_positions = sums.join(self.positions.select(NUMBERED), on="figure").join(
            details.select("figure", "detail"), on="figure"
        )
        ahead = with_next_tiers(self.positions, of_positions, rules.tiers, rules.rebates, provisions=rules.provisions)
        frames = StatementFrames(
            payees=self.ids.join(self.payees, on="payee_id", how="left", maintain_order="left"),
            payouts=self.stated,
            entries=self.entries.join(names, on="member_id", how="left", maintain_order="left"),
            settled=self.settled,
            lines=self.postings.join(self.causes, on="seq", how="left").join(names, on="member_id", how="left"),
            positions=ahead.join(names, on="member_id", how="left").join(groups, on="node_id", how="left"),
            transactions=pl.DataFrame(schema={"payee_id": pl.String}),
            sums=of_positions.join(buyers, on="buyer", how="left"),
            excluded=self.excluded.join(names, on="member_id", how="left"),
            left_out=self.left_out,
            visits=self.visits.join(names, on="member_id", how="left", maintain_order="left"),
        )
        return Statements(frames, details, buyers)


class Statements(NamedTuple):
    """The frames of all statements, in which detail each position is listed (figure, payee_id, row, detail), and names.

    buyers: buyer, buyer_name of every member.
    """

    frames: StatementFrames
    details: pl.DataFrame
    buyers: pl.DataFrame

    def listed(self, batch: StatementFrames, lines: pl.DataFrame) -> StatementFrames:
        """Return the frames of a few payees with the transactions that were read for them, and who bought them."""
        placed = lines.join(batch.positions.select(NUMBERED), on="figure")
        return replace(batch, transactions=placed.join(self.buyers, on="buyer", how="left"))


def gather(connection: duckdb.DuckDBPyConnection, run: OpenRun, positions: pl.DataFrame) -> Gathered:
    """Read the frames behind payout files and statements, without the transactions."""
    payouts = read_payouts(connection, run).filter(payout_period=run.payout_period)
    excluded = stated_exclusions(connection, run)
    postings = read(connection, "SELECT * FROM payable WHERE payout_period = ?", [run.payout_period])
    span = span_of(connection, run)
    entries, stated = read_entries(connection, span), read_stated_payouts(connection, run, span)
    told = [each.select("payee_id") for each in (payouts, stated, entries, positions, excluded)]
    return Gathered(
        payees=read_payees(connection, run),
        payouts=payouts,
        stated=stated,
        entries=entries,
        settled=read_settled(connection, run, positions),
        causes=read_causes(connection, run),
        postings=postings.join(read_lines(connection, run), on="seq", how="left"),
        positions=positions,
        excluded=excluded,
        left_out=read_left_out(connection, positions),
        visits=read_visits(connection, run, positions),
        # Sorted: the order of payees decides the bytes of the manifest.
        ids=pl.concat(told).unique().sort("payee_id"),
    )
