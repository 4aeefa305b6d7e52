"""What a page adds up where a payee has more positions or postings than anybody reads: those of a chain of stores."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl

from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.page.language import Language
    from reports.statement.position import Row
    from reports.statement.statement_data import Clause

MOST_POSITIONS = 60
"""The most positions that a page shows in full; of the rebates with the most, each period is then one row."""

MOST_LINES = 200
"""The most postings that a page lists; beyond that those of a rebate, period and kind are one line."""

AMOUNTS = ("earned", "posted_before", "posted_now", "open_amount")
SETTLED_KINDS = ("rebate", "restatement")
"""The kinds of posting of which a payee with many members has many."""


def with_summed(positions: pl.DataFrame, most: int = MOST_POSITIONS) -> pl.DataFrame:
    """Return `positions` with is_summed: whether the page has only a row for all members of its rebate and period.

    Where a payee has more positions than `most`, the rebates with the most of them are added up, until the others fit.
    """
    rebate = ["payee_id", "program", "rebate"]
    sizes = positions.group_by(rebate).len("size").sort("payee_id", "size", "program", "rebate")
    # From the rebate with the fewest positions on, as long as all of them together are not too many.
    shown = sizes.with_columns(is_summed=pl.col("size").cum_sum().over("payee_id") > most)
    return positions.join(shown.drop("size"), on=rebate, how="left", maintain_order="left")


def summary_view(positions: Sequence[Row], clause: Clause, language: Language, file: str) -> Row:
    """Return the rows of a rebate that is added up, one per period in the order of `positions`, with their headings."""
    words, rows = language.text, []
    for period, group in groupby(positions, key=lambda row: row["period"]):
        of_period = list(group)
        amounts = [sum((row[name] for row in of_period), ZERO) for name in AMOUNTS]
        texts = [language.money(amount, clause.currency) for amount in amounts]
        rows.append({"period": language.period(period), "members": language.count(len(of_period)), "amounts": texts})
    lost = sum(row["unconverted"] for row in positions)
    left_out = words("Transactions left out for want of a rate or unit: {count}", count=str(lost)) if lost else ""
    return {
        "headings": [words("Period"), words("Partners")],
        "amounts": [
            words("Earned so far"),
            words("In earlier payouts"),
            words("In this payout"),
            words("Not settled yet"),
        ],
        "rows": rows,
        "note": words("There are many, so they are added up by period."),
        "left_out": left_out,
        "file_label": words("Each of them is in the file"),
        "file": file,
    }


def summed_lines(lines: Sequence[Row], most: int = MOST_LINES) -> Sequence[Row]:
    """Return postings as a page lists them, with `postings`: how many a line adds up; null where it is a single one."""
    if len(lines) <= most:
        return [{**line, "postings": None} for line in lines]
    key = ("currency", "program", "rebate", "period", "kind")
    sums: dict[tuple[object, ...], Row] = {}
    for line in lines:
        is_many = line["kind"] in SETTLED_KINDS
        place = tuple(line[name] for name in key) if is_many else (line["seq"],)
        if place in sums:
            sums[place]["amount"] += line["amount"]
            sums[place]["postings"] += 1
        else:
            sums[place] = {**line, "postings": 1 if is_many else None}
    return list(sums.values())
