"""One payee's part of the books, ready to be written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import polars as pl

from reports.erp.amounts import figure_text, with_shown_digits
from reports.page.language import language_of
from reports.page.paper import MOST_TRANSACTIONS
from reports.statement.detail import DETAILS
from reports.statement.listing import COLUMNS, Listing, listings
from reports.statement.paths import account_path, rebates_path, transactions_path
from reports.statement.position import FULL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.page.language import Language
    from reports.statement.position import Row
    from reports.statement.statement_data import Issue, StatementFrames

PLACE = ("program", "rebate", "member_id", "period")
"""The key of a position, and of the transactions that count for it."""

CORRECTIONS = ("restatement", "adjustment")
"""The kinds of posting that change what an earlier settlement paid."""


@dataclass(frozen=True)
class Account:
    """One payee's rows of StatementFrames, and the language in which they are written."""

    payee: Row
    language: Language
    payouts: Sequence[Row] = ()
    lines: Sequence[Row] = ()
    positions: Sequence[Row] = ()
    transactions: Mapping[tuple[object, ...], Listing] = field(default_factory=dict)
    excluded: Sequence[Row] = ()
    left_out: Mapping[tuple[object, ...], Sequence[Row]] = field(default_factory=dict)
    entries: Sequence[Row] = ()
    settled: Sequence[Row] = ()
    buyers: Mapping[tuple[object, ...], Sequence[Row]] = field(default_factory=dict)
    visits: Sequence[Row] = ()

    @cached_property
    def payments(self) -> Sequence[Row]:
        """Return the entries that are payments, the oldest first; those without a day come first."""
        paid = [entry for entry in self.entries if entry["entry"] == "paid"]
        return sorted(paid, key=lambda entry: (str(entry["day"] or ""), entry["payout_id"], entry["reference"] or ""))

    @cached_property
    def carried(self) -> Sequence[Row]:
        """Return the lines that leave this payout for the next."""
        leaving = [line for line in self.lines if line["kind"] == "carry_forward"]
        return [line for line in leaving if line["period"] == line["payout_period"]]

    @cached_property
    def anchors(self) -> Sequence[str]:
        """Return the name of the place of each position on the page."""
        return [f"position-{n}" for n in range(1, len(self.positions) + 1)]

    @cached_property
    def corrections(self) -> Mapping[tuple[object, ...], Sequence[Row]]:
        """Return the lines that correct an earlier settlement, by the position that they are about."""
        return _by_place([line for line in self.lines if line["kind"] in CORRECTIONS])

    def corrections_of(self, position: Row) -> Sequence[Row]:
        """Return the lines that correct the earlier settlement of a position."""
        return self.corrections.get(place_of(position), ())

    @cached_property
    def transactions_file(self) -> str:
        """Return the name of the file with every transaction that counts; it lies beside the page."""
        return PurePosixPath(transactions_path(self.payee["payee_id"])).name

    @cached_property
    def has_transactions_file(self) -> bool:
        """Return whether there is such a file; see reports.statement.detail.has_file."""
        listed = self.transactions.values()
        return (
            any(each.detail != DETAILS[0] for each in listed)
            or sum(each.transactions for each in listed) > MOST_TRANSACTIONS
        )

    @cached_property
    def entries_file(self) -> str:
        """Return the name of the file with every entry of the account."""
        return PurePosixPath(account_path(self.payee["payee_id"])).name

    @cached_property
    def has_rebates_file(self) -> bool:
        """Return whether a line stands for several positions, which are then in a file; see rebates_file.has_file."""
        lines = [(row["program"], row["rebate"], row["period"]) for row in self.positions if row["form"] != FULL]
        return len(set(lines)) < len(lines)

    @cached_property
    def rebates_file(self) -> str:
        """Return the name of the file with the positions that the page adds up."""
        return PurePosixPath(rebates_path(self.payee["payee_id"])).name


def accounts(frames: StatementFrames, issue: Issue, *, with_cells: bool = False) -> Iterator[Account]:
    """Yield the books by payee, sorted by payee, each payee's rows in the order in which they are read.

    `with_cells`: the transactions also as the texts of their cells.
    """
    digits = issue.digits
    # Each frame is sorted as a whole, once, and split by payee afterwards: sorting per payee would be slower.
    newest_first = frames.positions.sort(
        "program", "rebate", "period_end", "period", "member_id", descending=[False, False, True, True, False]
    )
    whole_programs_last = frames.lines.sort("currency", "program", pl.col("rebate") == "", *PLACE[1:], "seq")
    latest_first = frames.payouts.sort("payout_period", "currency", "payout_id", descending=[True, False, False])
    oldest_first = _written(frames.excluded, digits)
    payouts, lines, positions = map(_by_payee, (latest_first, whole_programs_last, newest_first))
    transactions = _listed(frames, issue, with_cells=with_cells)
    left_out = _by_payee(_written(frames.left_out, digits))
    excluded, entries, settled = map(_by_payee, (oldest_first, frames.entries, frames.settled))
    newest_visit_first = frames.visits.sort("visited_on", "visit_id", "task_id", descending=[True, False, False])
    buyers, visits = map(_by_payee, (_shared(frames.sums), newest_visit_first))
    for payee in frames.payees.sort("payee_id").iter_rows(named=True):
        mine = payee["payee_id"]
        yield Account(
            payee=payee,
            language=language_of(payee["language"], digits, issue.language),
            payouts=payouts[mine],
            lines=lines[mine],
            positions=positions[mine],
            transactions=transactions[mine],
            excluded=excluded[mine],
            left_out=_by_place(left_out[mine]),
            entries=entries[mine],
            settled=settled[mine],
            buyers=_by_place(buyers[mine]),
            visits=visits[mine],
        )


def place_of(row: Row) -> tuple[object, ...]:
    """Return the key of the position that a row is about."""
    return tuple(row[name] for name in PLACE)


def other_member(row: Row, account: Account) -> str:
    """Return the name of the member where it is not the payee."""
    return row["member_name"] or "" if row["member_id"] not in {"", account.payee["payee_id"]} else ""


def _by_payee(frame: pl.DataFrame) -> dict[str, list[Row]]:
    """Return the rows of each payee, in their order."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in frame.iter_rows(named=True):
        rows[row["payee_id"]].append(row)
    return rows


def _by_place(rows: Sequence[Row]) -> dict[tuple[object, ...], list[Row]]:
    """Return the rows of each position, in their order."""
    places: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        places[place_of(row)].append(row)
    return places


def _shared(sums: pl.DataFrame) -> pl.DataFrame:
    """Return what each buyer adds to the positions that several count for, in each currency the one with most first."""
    place = ["payee_id", *PLACE]
    shared = sums.filter(pl.col("buyer").n_unique().over(place) > 1)
    by_buyer = shared.group_by(*place, "buyer", "buyer_name", "currency").agg(pl.col("transactions", "amount").sum())
    # Amounts of different currencies cannot be compared: the one in which most was bought comes first.
    often = pl.col("transactions").sum().over(*place, "currency")
    order = [*place, -often, "currency", -pl.col("amount"), "buyer"]
    return by_buyer.sort(order)


def _written(transactions: pl.DataFrame, digits: Mapping[str, int]) -> pl.DataFrame:
    """Return the rows by day with figure, the amount as extracted: its currency may be unknown to Rebatch."""
    ordered = transactions.sort("activity_date", "transaction_id", "member_id")
    return with_shown_digits(ordered, digits).with_columns(figure=figure_text("amount", "digits"))


def _listed(frames: StatementFrames, issue: Issue, *, with_cells: bool) -> dict[str, dict[tuple[object, ...], Listing]]:
    """Return the transactions of every position as lists, each payee's in its own language."""
    digits = issue.digits
    tags = [language_of(tag, digits, issue.language).tag for tag in frames.payees["language"]]
    spoken = frames.payees.select("payee_id", tag=pl.Series(tags, dtype=pl.String))
    # Nobody is told of its own purchases that it made them.
    buyer = pl.when(pl.col("buyer") != pl.col("payee_id")).then(pl.coalesce("buyer_name", "buyer"))
    bought = frames.transactions.with_columns(buyer_name=buyer)
    transactions = bought.join(spoken, on="payee_id").select("tag", "payee_id", *PLACE, *COLUMNS)
    sums = frames.sums.join(spoken, on="payee_id")
    listed: dict[str, dict[tuple[object, ...], Listing]] = defaultdict(dict)
    places = ["payee_id", *PLACE]
    for row in listings(transactions, sums, places, digits, with_cells=with_cells).iter_rows():
        listed[row[0]][row[1 : 1 + len(PLACE)]] = Listing(*row[1 + len(PLACE) :])
    return listed
