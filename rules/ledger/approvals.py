"""Approvals: what passes automatically, what one person approves, and what takes two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from rules.ledger.decisions import STATUS_AFTER, STEPS
from rules.ledger.persons import distinct, is_nobody, is_one_person
from schemas.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal


def status_of_drafts(auto_approve_below: Decimal | None, rejected: Collection[str]) -> pl.Expr:
    """Return the status of each draft (rules.ledger.payouts.PAYOUTS): `approved`, `carried_forward` or `draft`.

    A payout is approved at once if its amount is below `auto_approve_below`, in its own currency, unless a person has
    `rejected` it before (payout ids). A payout of zero is `carried_forward`: nobody needs to decide about it.
    """
    small = pl.lit(value=False) if auto_approve_below is None else pl.col("amount") < auto_approve_below
    passes = small & (pl.col("kind") == "payout") & ~pl.col("payout_id").is_in(list(rejected))
    is_nothing = pl.col("amount") == 0
    status = pl.when(is_nothing).then(pl.lit("carried_forward")).when(passes).then(pl.lit("approved"))
    return status.otherwise(pl.lit("draft"))


def redrafted(drafts: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Return those of `drafts` that differ from `before` (payout_id, amount, due_on, status).

    So a payout that was rejected is always drafted anew.
    """
    return drafts.join(before, on=["payout_id", "amount", "due_on", "status"], how="anti", maintain_order="left")


@dataclass(frozen=True)
class Verdict:
    """A decision that a person wants to take: its kind, the person, and the amount above which it takes two people."""

    kind: str
    person: str
    two_people_above: Decimal | None = None


def judge(subjects: pl.DataFrame, decisions: pl.DataFrame, verdict: Verdict) -> tuple[pl.DataFrame, dict[str, Problem]]:
    """Return `subjects` (rules.ledger.requests.SUBJECTS) with their status after `verdict`, and what forbids it.

    `becomes` is the status from then on. There is a problem, by subject, for each that may not be decided so: it is
    past that step, or the person requested it or has approved it already.
    """
    approvers = _approvers(subjects, decisions)
    becomes: list[str] = []
    problems: dict[str, Problem] = {}
    for row in subjects.iter_rows(named=True):
        before = approvers.get(row["subject"], [])
        is_second = any(is_one_person(verdict.person, other) for other in before)
        found = _fault(row, verdict, is_own=is_one_person(row["author"], verdict.person), is_second=is_second)
        if found:
            problems[row["subject"]] = Problem(f"{row['subject']}: {found[0]}", found[1])
        is_last = verdict.kind != "approve" or len(before) + (not is_second) >= _people_needed(row, verdict)
        becomes.append(STATUS_AFTER[verdict.kind] if is_last else "in_review")
    return subjects.with_columns(becomes=pl.Series(becomes, dtype=pl.String)), problems


def nothing_chosen(found: pl.DataFrame, verdict: Verdict) -> list[Problem]:
    """Return why none of `found` (rules.ledger.requests.SUBJECTS), which were not named by id, can be decided so.

    Requests are only decided by id: each that waits is named, and whether this person may decide it.
    """
    waiting = found.filter(pl.col("kind").is_in(_REQUESTS), pl.col("status").is_in(_UNTIL_APPROVED))
    requests = [] if verdict.kind == "submit" else [_waits(row, verdict) for row in waiting.iter_rows(named=True)]
    others = found.filter(~pl.col("kind").is_in(_REQUESTS)).group_by("status").len().sort("status")
    there = ", ".join(f"{count} {_words(status)}" for status, count in others.iter_rows())
    what = f"there is nothing to {verdict.kind} among what was chosen" + (f": {there}" if there else "")
    return [Problem(what, "`rebatch payouts` lists what there is"), *requests]


def _waits(row: dict[str, Any], verdict: Verdict) -> Problem:
    what = f"{row['subject']}, {_words(row['kind'])} of {row['amount'].normalize():f} {row['currency']}, waits"
    if verdict.kind == "approve" and is_one_person(row["author"], verdict.person):
        return Problem(f"{what}, and {verdict.person} asked for it", "let another person approve it")
    return Problem(f"{what}, and is decided by its id alone", f"rebatch {verdict.kind} {row['subject']}")


def people_needed(amount: Decimal, verdict: Verdict) -> int:
    """Return how many people must approve an amount of either sign: two above the limit of the workspace."""
    return 1 if verdict.two_people_above is None or abs(amount) <= verdict.two_people_above else 2


def _people_needed(row: dict[str, Any], verdict: Verdict) -> int:
    """Return how many people must approve a subject: two also where no person asked for what is asked for."""
    is_asked_by_nobody = row["kind"] in _REQUESTS and row["author"] and is_nobody(row["author"])
    return max(people_needed(row["amount"], verdict), 2 if is_asked_by_nobody else 1)


def _fault(row: dict[str, Any], verdict: Verdict, *, is_own: bool, is_second: bool) -> tuple[str, str] | None:
    """Return what forbids the verdict on one subject, and what to do instead; None if it is allowed."""
    is_request = row["kind"] in _REQUESTS
    allowed = STEPS[verdict.kind] & _UNTIL_APPROVED if is_request else STEPS[verdict.kind]
    if row["status"] not in allowed:
        instead = _INSTEAD_OF_REQUESTS.get((row["kind"], row["status"])) or _INSTEAD.get(row["status"])
        todo = instead or f"choose those that are {' or '.join(sorted(allowed))}"
        return f"the {_words(row['kind'])} is {_words(row['status'])}", todo
    if verdict.kind != "approve":
        return None
    if is_nobody(verdict.person):
        return f"{verdict.person} is a program's name, and an approval is a person's", "say --by with your own name"
    if is_own:
        return f"{verdict.person} asked for this {_words(row['kind'])}", "let another person approve it"
    if is_second:
        return f"{verdict.person} has approved it already", "it takes a second person"
    return None


_REQUESTS = ("adjustment", "write_off", "exclusion", "inclusion")
_UNTIL_APPROVED = frozenset({"draft", "in_review"})
"""The statuses of a request before the next run may post it."""

_INSTEAD = {
    "rejected": "the next run drafts it anew",
    "carried_forward": "there is nothing to pay",
}
_INSTEAD_OF_REQUESTS = {
    ("adjustment", "approved"): "ask for the opposite adjustment",
    ("write_off", "approved"): "ask for the opposite adjustment",
    ("exclusion", "approved"): "let it count again: `rebatch adjust --include`",
    ("inclusion", "approved"): "take it out again: `rebatch adjust --exclude`",
    # No run drafts them anew: what a person asked for, a person asks for again.
    ("adjustment", "rejected"): "ask for it anew: `rebatch adjust`",
    ("exclusion", "rejected"): "ask for it anew: `rebatch adjust --exclude`",
    ("inclusion", "rejected"): "ask for it anew: `rebatch adjust --include`",
}


def _approvers(subjects: pl.DataFrame, decisions: pl.DataFrame) -> dict[str, list[str]]:
    """Return the people, each once, who approved each subject as it is now, since it was last submitted or refused."""
    about = decisions.join(subjects.select("subject", "drafted_seq"), on="subject").filter(
        # Approvals of an earlier draft, with another amount, do not count; nor do automatic ones, which a run made.
        pl.col("decision_seq") > pl.col("drafted_seq"),
        pl.col("run_id").is_null(),
    )
    is_other = pl.col("kind") != "approve"
    # A submission, rejection or refusal starts the count of approvals anew.
    last_other = pl.col("decision_seq").filter(is_other).max().over("subject")
    approvals = about.filter(~is_other, pl.col("decision_seq") > last_other.fill_null(0))
    people: dict[str, list[str]] = {}
    for subject, person in approvals.sort("decision_seq").select("subject", "person").iter_rows():
        people[subject] = distinct([*people.get(subject, []), *([] if is_nobody(person) else [person])])
    return people


def _words(name: str) -> str:
    """Return an identifier as words."""
    return name.replace("_", " ")
