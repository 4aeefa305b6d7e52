"""Row texts: what vectors write is what Python's own json writes, value by value."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rules.ledger.hash_chain import text
from rules.ledger.row_texts import json_lists, json_objects
from schemas.types import MONEY, VALUE

SCHEMA = pl.Schema(
    {
        "seq": pl.Int64(), "tier": pl.Int32(), "name": pl.String(), 'od"d\\': pl.String(), "amount": MONEY,
        "measure": VALUE, "day": pl.Date(), "at": pl.Datetime("us"),
    }
)  # fmt: skip
LETTERS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\/\x00\x1f\x7f\u2028é髙😀'))


def decimals(places: int, digits: int) -> st.SearchStrategy[Decimal]:
    return st.integers(-(10**digits) + 1, 10**digits - 1).map(lambda n: Decimal(n).scaleb(-places))


ROWS = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1), *(st.none() | kind for kind in (
            st.integers(-(2**31), 2**31 - 1), LETTERS, LETTERS, decimals(4, 18), decimals(10, 28), st.dates(),
            st.datetimes(),
        )),
    ),
    max_size=5,
)  # fmt: skip


@given(ROWS)
def test_texts_of_rows_are_what_json_writes_of_each(rows: list[tuple[object, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    values = [[text(value) for value in row] for row in frame.iter_rows()]
    assert json_lists(frame, SCHEMA.names()).to_list() == [dumps(row) for row in values]
    objects = [dumps(dict(zip(SCHEMA, row, strict=True))) for row in values]
    assert json_objects(frame, SCHEMA.names()).to_list() == objects


def dumps(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def test_a_row_is_written_as_books_have_always_been_hashed() -> None:
    at = datetime.fromisoformat("2026-05-01T09:00")
    row = (1, None, 'a "b"\n', "\x1f", Decimal("-0.5"), Decimal("1E-7"), date(99, 1, 2), at)
    [found] = json_lists(pl.DataFrame([row], schema=SCHEMA, orient="row"), SCHEMA.names())
    assert found == r'["1",null,"a \"b\"\n","\u001f","-0.5000","0.0000001000","0099-01-02","2026-05-01 09:00:00"]'
