"""Filter values that match nothing: told, and refused where the run would take back what was paid."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.books.runs import Run
from pipelines.workspace.configuration import open_workspace
from schemas.errors import BooksError
from tests.posting import post_run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sampled(2, of="module")

FIRST, NEXT = Run(date(2026, 11, 23)), Run(date(2026, 11, 24))


def edit(root: Path, file: str, old: str, new: str) -> None:
    [path] = root.glob(file)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def warned(root: Path, run: Run) -> str:
    return "".join(str(result.counts.get("warned", "")) for result in post_run(open_workspace(root), run))


def rule_of(root: Path) -> str:
    return next(path.relative_to(root).as_posix() for path in (root / "rules").glob("*.yaml"))


def test_a_value_that_no_row_has_is_told_by_the_run(sample: Path) -> None:
    edit(sample, rule_of(sample), "[sale, return]", "[sale, return, rebill]")
    assert "no row of transactions has type 'rebill'" in warned(sample, FIRST)


def test_what_matched_before_must_not_match_nothing_now(sample: Path) -> None:
    post_run(open_workspace(sample), FIRST)
    edit(sample, rule_of(sample), "{type: [dealer]}", "{type: [dealr]}")
    with pytest.raises(BooksError, match="no row of members has type 'dealr', and volume-bonus-2026 has paid before"):
        post_run(open_workspace(sample), NEXT)


def test_words_that_changed_in_the_data_stop_the_run_too(sample: Path) -> None:
    post_run(open_workspace(sample), FIRST)
    edit(sample, "extracts/members.csv", ",dealer,", ",Dealer,")
    with pytest.raises(BooksError, match="no row of members has type 'dealer', and volume-bonus-2026 has paid before"):
        post_run(open_workspace(sample), NEXT)


def test_a_value_that_is_only_added_is_told_and_stops_nothing(sample: Path) -> None:
    post_run(open_workspace(sample), FIRST)
    edit(sample, rule_of(sample), "{type: [dealer]}", "{type: [dealer, workshop]}")
    assert "no row of members has type 'workshop'" in warned(sample, NEXT)
    assert "no row of members has type 'workshop'" in warned(sample, Run(date(2026, 11, 25)))


def test_filters_are_compared_as_the_workspace_writes_the_data(sample: Path) -> None:
    edit(sample, rule_of(sample), "{type: [sale, return]}", "{type: [' Sale', RETURN], product_id: [p100, P-200]}")
    edit(sample, "rebatch.yaml", "max_rejects", "ids: {case: upper, punctuation: strip}\nmax_rejects")
    assert warned(sample, FIRST) == ""
