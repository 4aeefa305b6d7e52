"""What a page adds up where a payee has more positions or postings than anybody reads: those of a chain of stores."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from reports.statement.corrections import corrections_view
from reports.statement.paths import statement_path
from reports.statement.position import FULL, LINE, SUMMED
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from reports.page.language import Language
    from reports.statement.account import Account
    from reports.statement.ladder import Ladder
    from reports.statement.position import Row
    from reports.statement.statement_data import Issue

MOST_POSITIONS = 60
"""The most positions that a page shows in full; of the rebates with the most, each period is then a line."""

MOST_LINES = 200
"""The most postings that a page lists; beyond that those of a rebate, period and kind are one line."""

AMOUNTS = ("earned", "posted_before", "posted_now", "open_amount")
SETTLED_KINDS = ("rebate", "restatement")
"""The kinds of posting of which a payee with many members has many."""


def with_forms(positions: pl.DataFrame, as_of: date, most: int = MOST_POSITIONS) -> pl.DataFrame:
    """Return `positions` with `form`: full, line or summed (see reports.statement.position).

    A period that runs stands in full, and so does the last one of a rebate and member that this payout settles for the
    first time; every other closed one is a line. Where a payee has more positions in full than `most`, the rebates with
    the most of them are added up, until the others fit.
    """
    rebate = ["payee_id", "program", "rebate"]
    is_closed = (pl.col("horizon") == "settled") & (pl.col("period_end") < as_of)
    is_new = is_closed & (pl.col("posted_before") == 0)
    newest = pl.col("period_end").filter(is_new).max().over(*rebate, "member_id")
    is_full = ~is_closed | (is_new & (pl.col("period_end") == newest))
    formed = positions.with_columns(form=pl.when(is_full).then(pl.lit(FULL)).otherwise(pl.lit(LINE)))
    sizes = formed.filter(form=FULL).group_by(rebate).len("size").sort("payee_id", "size", "program", "rebate")
    # From the rebate with the fewest positions on, as long as all of them together are not too many.
    shown = sizes.with_columns(is_many=pl.col("size").cum_sum().over("payee_id") > most)
    found = formed.join(shown.drop("size"), on=rebate, how="left", maintain_order="left")
    is_summed = pl.col("is_many") & (pl.col("form") == FULL)
    return found.with_columns(form=pl.when(is_summed).then(pl.lit(SUMMED)).otherwise("form")).drop("is_many")


@dataclass(frozen=True)
class Rest:
    """What of a rebate has no place of its own on a page: positions, and what was settled and stated before."""

    positions: list[Row] = field(default_factory=list)
    settled: list[Row] = field(default_factory=list)


def summary_view(rest: Rest, ladder: Ladder, account: Account, issue: Issue) -> Row:
    """Return the rest of a rebate, a row per period, the newest first, with the headings of the columns."""
    words, positions = account.language.text, rest.positions
    lost = sum(row["unconverted"] for row in positions)
    left_out = words("Transactions left out for want of a rate or unit: {count}", count=str(lost)) if lost else ""
    is_many = any(row["form"] == SUMMED for row in positions)
    many = words("There are many, so they are added up by period.")
    return {
        "title": words("Other periods") if is_many else words("Closed periods"),
        "headings": [words("Period"), words("Where it stands")],
        "amounts": [
            words("Earned so far"),
            words("In earlier payouts"),
            words("In this payout"),
            words("Not settled yet"),
        ],
        "rows": _rows(rest, ladder, account, issue),
        "note": many if is_many else "",
        "left_out": left_out,
        "file_label": words("Each of them is in the file"),
        "file": account.rebates_file if account.has_rebates_file and positions else "",
    }


def _rows(rest: Rest, ladder: Ladder, account: Account, issue: Issue) -> list[Row]:
    """Return a row for every period: of one position what it reached, of several their number."""
    language, currency = account.language, ladder.clause.currency
    by_period: dict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for which, rows in enumerate((rest.positions, rest.settled)):
        for row in rows:
            by_period[row["period"]][which].append(row)
    found = []
    for period, (positions, settled) in by_period.items():
        before = sum((row["amount"] for row in settled), ZERO)
        sums = {name: sum((row[name] for row in positions), ZERO) for name in AMOUNTS}
        sums["earned"], sums["posted_before"] = sums["earned"] + before, sums["posted_before"] + before
        corrections = [line for position in positions for line in account.corrections_of(position)]
        found.append(
            {
                "period": language.period(period),
                "about": _about(positions, settled, ladder, language),
                "statement": _statement([*positions, *settled], account, issue),
                "amounts": [language.money(amount, currency) for amount in sums.values()],
                "corrections": corrections_view(corrections, language),
                "end": max([*(str(row["period_end"]) for row in positions), *(str(row["through"]) for row in settled)]),
            }
        )
    return sorted(found, key=lambda row: row["end"], reverse=True)


def _about(positions: Sequence[Row], settled: Sequence[Row], ladder: Ladder, language: Language) -> str:
    """Return what is known of a period in a few words."""
    members = len(positions) + sum(row["members"] for row in settled)
    if members > 1:
        return language.text("Partners: {count}", count=language.count(members))
    if not positions:
        return ""
    [position] = positions
    figure, standing = position["measure"], ladder.of(position).standing(position)
    if figure is None or ladder.clause.measure.counted == "constant":
        return standing
    return f"{ladder.measure.value(figure)} · {standing}"


def _statement(rows: Sequence[Row], account: Account, issue: Issue) -> Row | None:
    """Return the earlier statement that told of a period: its month, what it is called, and where it was published."""
    month = max((row["stated"] for row in rows if row["stated"]), default=None)
    if month is None:
        return None
    label = account.language.text("see the statement of {month}", month=account.language.month(month))
    run, path = issue.earlier.get(month), statement_path(account.payee["payee_id"])
    return {"month": month, "label": label, "path": f"../../{run}/{path}" if run else ""}


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
