"""Planned changes: what proposed postings would change in the books, and whether rules or data cause it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rules.ledger.settlement import POSTING_KEY, RULED_KINDS
from schemas.types import MONEY

if TYPE_CHECKING:
    from collections.abc import Mapping

_IS_EARNED = pl.col("kind").is_in((*RULED_KINDS, "adjustment"))
_NOTHING = pl.lit(0).cast(MONEY)
_SUMS = ("posted", "change", "after", "by_rules", "by_data")
_LINE = (*POSTING_KEY, "kind")
LINE_COLUMNS = (*_LINE, "payee_id", "payout_period", "currency", *_SUMS, "reason")
MOVE_COLUMNS = (
    "kind", "program", "rebate", "member_id", "payee_id", "period", "payout_period", "currency", "amount", "reason",
)  # fmt: skip
RUNNING_COLUMNS = ("program", "rebate", "member_id", "period", "currency", "amount")


@dataclass(frozen=True)
class PlannedChanges:
    """What proposed postings would change; per `currency`, posted + change = after and change = by_rules + by_data.

    totals: currency, members, up, down and the sums. programs: program, wording (new, edited, as posted), currency,
    members and the sums. members: program, member_id, currency and the sums, the largest change first. lines:
    LINE_COLUMNS, one row per posting. moves: MOVE_COLUMNS, postings that move what was earned. running: program,
    rebate, currency, before, after, change, of periods that are not settled.
    """

    totals: pl.DataFrame
    programs: pl.DataFrame
    members: pl.DataFrame
    lines: pl.DataFrame
    moves: pl.DataFrame
    running: pl.DataFrame


@dataclass(frozen=True)
class Compared:
    """What is compared: proposed postings, those that the posted wording would propose, and the ledger.

    proposed, unedited, ledger: rules.ledger.postings.LEDGER columns; `unedited` is None where nothing but the wording
    has changed. was_running, running: RUNNING_COLUMNS. wordings: hash by program, as posted and as it is now.
    """

    proposed: pl.DataFrame
    unedited: pl.DataFrame | None
    ledger: pl.DataFrame
    was_running: pl.DataFrame
    running: pl.DataFrame
    wordings: tuple[Mapping[str, str], Mapping[str, str]]

    def narrowed(self, *, member: str | None, program: str | None) -> Compared:
        """Return the comparison for one member or program only; a member by what it earned or is paid."""
        wanted = pl.lit(value=True) if program is None else pl.col("program") == program
        if member is None:
            own = paid = wanted
        else:
            own = wanted & (pl.col("member_id") == member)
            paid = own | (wanted & (pl.col("payee_id") == member))
        return Compared(
            self.proposed.filter(paid),
            None if self.unedited is None else self.unedited.filter(paid),
            self.ledger.filter(paid),
            self.was_running.filter(own),
            self.running.filter(own),
            self.wordings,
        )


def planned_changes(compared: Compared) -> PlannedChanges:
    """Return what the proposed postings would change, in total, per program, per member and per posting."""
    lines = _lines(compared)
    posted = _posted(compared.ledger)
    return PlannedChanges(
        totals=_summed(lines, posted, ["currency"]),
        programs=_programs(lines, posted, compared.wordings),
        members=_summed(lines, posted, ["program", "member_id", "currency"])
        .filter(_any_change())
        .drop("members", "up", "down")
        .sort(pl.col("change").abs(), "program", "member_id", descending=[True, False, False]),
        lines=lines.filter(pl.col("change") != 0).select(LINE_COLUMNS).sort(*POSTING_KEY, "kind"),
        moves=compared.proposed.filter(~_IS_EARNED).select(MOVE_COLUMNS).sort(MOVE_COLUMNS),
        running=_running(compared),
    )


def _lines(compared: Compared) -> pl.DataFrame:
    """Return what is posted, what would be, and the cause, per posting that is earned rather than moved."""
    proposed = compared.proposed.filter(_IS_EARNED)
    posted = _posted(compared.ledger).group_by(POSTING_KEY).agg(posted=pl.col("amount").sum())
    # Where nothing but the wording has changed, it causes every change except the adjustments people requested.
    unedited = proposed.filter(pl.col("kind") == "adjustment") if compared.unedited is None else compared.unedited
    of_data = (
        unedited.filter(_IS_EARNED)
        .group_by(*_LINE)
        .agg(by_data=pl.col("amount").sum(), known=pl.col("currency").first())
    )
    amounts = ("posted", "change", "by_data")
    return (
        proposed.rename({"amount": "change"})
        .join(of_data, on=_LINE, how="full", coalesce=True)
        .join(posted, on=POSTING_KEY, how="left")
        .with_columns(pl.col(amounts).fill_null(_NOTHING), currency=pl.coalesce("currency", "known"))
        # by_rules is the rest, so that both causes always add up to the change.
        .with_columns(after=pl.col("posted") + pl.col("change"), by_rules=pl.col("change") - pl.col("by_data"))
        .with_columns(pl.col(_SUMS).cast(MONEY))
    )


def _posted(ledger: pl.DataFrame) -> pl.DataFrame:
    """Return the key, currency and amount of what is posted as earned."""
    return ledger.filter(_IS_EARNED).select(*POSTING_KEY, "currency", "amount")


def _summed(lines: pl.DataFrame, posted: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return the changes and what was posted, summed per `by`."""
    change = pl.col("change")
    changed = lines.group_by(by).agg(
        members=pl.col("member_id").filter(change != 0).n_unique().cast(pl.Int64),
        up=change.filter(change > 0).sum(),
        down=change.filter(change < 0).sum(),
        change=change.sum(),
        by_rules=pl.col("by_rules").sum(),
        by_data=pl.col("by_data").sum(),
    )
    before = posted.group_by(by).agg(posted=pl.col("amount").sum())
    filled = ("up", "down", "posted", "change", "by_rules", "by_data")
    sums = ("up", "down", *_SUMS)
    return (
        before.join(changed, on=by, how="full", coalesce=True)
        .with_columns(pl.col("members").fill_null(0), pl.col(filled).fill_null(_NOTHING))
        .with_columns(after=pl.col("posted") + pl.col("change"))
        .select(*by, "members", *(pl.col(name).cast(MONEY) for name in sums))
        .sort(by)
    )


def _programs(
    lines: pl.DataFrame, posted: pl.DataFrame, wordings: tuple[Mapping[str, str], Mapping[str, str]]
) -> pl.DataFrame:
    """Return the changes per program and currency, with whether its wording is new, edited, as posted or removed."""
    before, now = wordings
    rows = [(program, _wording(before.get(program), version)) for program, version in sorted(now.items())]
    wording = pl.DataFrame(rows, schema={"program": pl.String, "wording": pl.String}, orient="row")
    summed = _summed(lines, posted, ["program", "currency"]).drop("up", "down")
    return (
        summed.join(wording, on="program", how="left")
        .select("program", pl.col("wording").fill_null("removed"), pl.exclude("program", "wording"))
        .sort("program", "currency")
    )


def _wording(before: str | None, now: str) -> str:
    """Return how the wording of a program compares with the posted one."""
    if before is None:
        return "new"
    return "as posted" if before == now else "edited"


def _running(compared: Compared) -> pl.DataFrame:
    """Return the changes of periods that are not settled yet."""
    key = ["program", "rebate", "currency"]
    sums = [
        frame.group_by(key).agg(pl.col("amount").sum().cast(MONEY).alias(name))
        for name, frame in (("before", compared.was_running), ("after", compared.running))
    ]
    return (
        sums[0]
        .join(sums[1], on=key, how="full", coalesce=True)
        .with_columns(pl.col("before", "after").fill_null(_NOTHING))
        .with_columns(change=(pl.col("after") - pl.col("before")).cast(MONEY))
        .filter(pl.col("change") != 0)
        .sort(key)
    )


def _any_change() -> pl.Expr:
    """Return whether anything changes, even where causes cancel out."""
    return pl.any_horizontal(pl.col("change", "by_rules", "by_data") != 0)
