"""The journal as others will read it: what was changed on its way to the disk is not published."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipelines.books.journal import check_journal, journal_file
from rules.ledger.postings import LEDGER
from schemas.errors import InvariantError
from schemas.workspace import Accounts

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNTS = Accounts(expense="4100", accrued="2150", payable="2100")


def postings() -> pl.DataFrame:
    base: dict[str, Any] = {
        "program": "p", "rebate": "r", "member_id": "A, Ltd", "payee_id": "Z", "period": "2026-Q1",
        "payout_period": "2026-04", "currency": "USD", "reason": 'said "yes"',
    }  # fmt: skip
    rows = [
        {"kind": "rebate", "amount": Decimal(90)},
        {"kind": "accrual_reversal", "amount": Decimal(-220)},
        {"kind": "accrual", "amount": Decimal(700), "currency": "JPY", "period": "2026"},
        {"kind": "carry_forward", "amount": Decimal(-90)},
    ]
    numbered = [base | row | {"seq": n, "posting_id": f"id-{n}"} for n, row in enumerate(rows, start=1)]
    return pl.DataFrame(numbered, schema=LEDGER)


def written(folder: Path, old: bytes = b"", new: bytes = b"") -> Path:
    content = journal_file(postings(), ACCOUNTS).content
    assert old in content
    (folder / "journal.csv").write_bytes(content.replace(old, new, 1) if old else content)
    return folder


def test_what_was_written_is_accepted(tmp_path: Path) -> None:
    check_journal(written(tmp_path), postings(), ACCOUNTS)
    made = journal_file(postings(), ACCOUNTS)
    assert (made.rows, made.totals) == (6, {"JPY": "700", "USD": "310.00"})


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b",90.00,,", b",90.01,,", "entry_id 2026-04-00000001: debits of 90.0100 USD, credits of 90.0000"),
        (b",2100,,90.00", b",2150,,90.00", "what is payable in USD is 0.0000, that of the ledger 90.0000"),
        (b",JPY,", b",USD,", "date 2026-04-30: debits of"),
        (b",2150,", b",9999,", "what is 9999 in USD is"),
    ],
)
def test_a_changed_cell_is_named(tmp_path: Path, old: bytes, new: bytes, found: str) -> None:
    with pytest.raises(InvariantError) as caught:
        check_journal(written(tmp_path, old, new), postings(), ACCOUNTS)
    assert any(found in problem.found for problem in caught.value.problems)


def test_a_posting_that_is_not_in_it_is_noticed(tmp_path: Path) -> None:
    more = pl.concat([postings(), postings().head(1).with_columns(amount=pl.lit(Decimal(1)).cast(LEDGER["amount"]))])
    with pytest.raises(InvariantError, match=r"what is payable in USD is 90\.0000, that of the ledger 91\.0000"):
        check_journal(written(tmp_path), more, ACCOUNTS)
