"""What rebates cost adds up to the ledger, by whatever it is added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.audit.cost import cost
from schemas.errors import BooksError

if TYPE_CHECKING:
    from tests.pipelines.history import History

POSTED = """
    SELECT currency, SUM(amount) AS cost FROM ledger WHERE kind NOT LIKE 'carry%' AND kind NOT LIKE 'accru%'
    GROUP BY currency ORDER BY currency
"""


@pytest.mark.parametrize(
    "by", [("program",), ("rebate", "tier"), ("month",), ("period", "payee_id"), ("member_id",), ("type", "month")]
)
def test_it_adds_up_to_the_ledger(past_books: History, by: tuple[str, ...]) -> None:
    [table] = cost(past_books.workspace, by)
    assert table.frame.columns == [*by, "currency", "members", "postings", "cost"]
    totals = table.frame.group_by("currency").agg(pl.col("cost").sum()).sort("currency")
    assert totals.rows() == past_books.ask(POSTED).rows()


def test_what_nothing_is_added_up_by_is_refused_with_what_there_is(past_books: History) -> None:
    with pytest.raises(BooksError, match="'colour' is nothing to add up by") as refused:
        cost(past_books.workspace, ("program", "colour", "taste"))
    assert len(refused.value.problems) == 2
    assert "program, rebate, tier, period, month" in str(refused.value)
