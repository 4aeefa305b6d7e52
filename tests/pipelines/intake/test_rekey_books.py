"""Rekey in books with a past: past runs stay as they were, and the next one has nothing to post."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.approval.dispute import Moved, dispute
from pipelines.audit.replay import is_equal, replay
from pipelines.audit.verify import holds, verify
from pipelines.intake.rekey import propose, rekey
from schemas.errors import BooksError
from tests.disputing import Dispute

if TYPE_CHECKING:
    from tests.pipelines.history import History

pytestmark = pytest.mark.sampled(2, of="module")

RENAMED = ("path: extracts/tx*.csv,", "source: erp, path: extracts/tx*.csv,")
EXCLUDED = "SELECT transaction_id, row_key FROM work.excluded"
CAUSES = (
    "SELECT cause, rows FROM origins JOIN ledger USING (posting_id) WHERE run_id = '{run}' AND member_id = '{member}'"
)
DAY = "2026-07-20"


def configure(books: History, before: str, now: str) -> None:
    path = books.root / "rebatch.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(before, now), encoding="utf-8")


def give(books: History) -> None:
    rekey(books.workspace, propose(books.workspace), person="ann", reason="renamed")


@pytest.mark.long
def test_past_runs_are_as_they_were_and_nothing_is_posted(history: History) -> None:
    before = history.runs()
    excluded = history.ask(EXCLUDED)
    configure(history, *RENAMED)
    give(history)
    assert holds(verify(history.workspace))
    run = history.run(DAY)
    assert history.ask(f"SELECT COUNT(*) FROM ledger WHERE run_id = '{run}'").item() == 0
    assert (excluded.rows(), history.ask(EXCLUDED).rows()) == ([("6", "main|6")], [("6", "erp|6"), ("6", "main|6")])
    assert holds(verify(history.workspace))
    for past in (before[1], before[-1], run):
        assert is_equal(replay(history.workspace, past))
    assert propose(history.workspace).is_empty


@pytest.mark.long
def test_a_late_row_beside_is_the_only_cause(history: History) -> None:
    configure(history, *RENAMED)
    give(history)
    late = "9,A,P,2026-03-30,2026-07-19,sale,1,each,1000,USD"
    history.sell("4", late, "3,B,O,2026-03-10,2026-07-19,sale,1,each,500,USD")
    run = history.run(DAY)
    assert history.ask(CAUSES.format(run=run, member="A")).rows() == [("late", 1)]
    assert history.ask(CAUSES.format(run=run, member="B")).rows() == [("corrected", 1)]


@pytest.mark.long
def test_what_is_excluded_does_not_merge_with_what_counts(history: History) -> None:
    history.sell("4", "6.,A,P,2026-04-10,2026-04-21,sale,1,each,400,USD")
    history.run(DAY)
    configure(history, "max_rejects:", "ids: {punctuation: strip}\nmax_rejects:")
    with pytest.raises(BooksError, match=r"would have one key, main.6, but only some of them are excluded"):
        propose(history.workspace)


def test_ids_to_which_something_was_posted_do_not_change(history: History) -> None:
    members = history.root / "extracts" / "members-2.csv"
    members.write_text("member_id,name\nc,Gamma\n", encoding="utf-8")
    history.sell("4", "9,c,P,2026-03-30,2026-07-11,sale,1,each,1000,USD")
    history.run("2026-07-12")
    configure(history, "max_rejects:", "ids: {case: upper}\nmax_rejects:")
    with pytest.raises(BooksError, match=r"1 members and payees to whom something was posted .* c → C"):
        propose(history.workspace)


def test_a_dispute_that_waits_is_decided_first(history: History) -> None:
    dispute(history.workspace, Dispute("5", "disputed", "never ordered"), Moved(), person="ann")
    configure(history, *RENAMED)
    with pytest.raises(BooksError, match="asks about a transaction by the key that it has now"):
        propose(history.workspace)
