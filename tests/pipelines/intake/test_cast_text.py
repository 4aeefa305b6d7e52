from __future__ import annotations

import duckdb
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.intake import cast_text
from pipelines.intake.cast_text import BLANKS, Reading, needs_a_look, typed, typed_at_once
from pipelines.warehouse.frames import registered
from schemas.catalogue import DATA_SETS
from schemas.invisible import INVISIBLE
from schemas.source import Source
from schemas.workspace import Ids

ODD = st.sampled_from(["null", "NaN", "nil", "<NA>", "__HIVE_DEFAULT_PARTITION__", "\\N", " a", "a ", "a\x7f", "|", ""])
TEXT = st.none() | ODD | st.text(st.sampled_from("ab1 |\\\"'_\u00e9\u200b\x01\t" + BLANKS), max_size=5)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=40))
@example(rows=[("N/A", "x", "y"), ("x", "n/a", None), ("x" * 10_001, None, None)])
def test_a_row_that_needs_no_look_would_not_be_changed_by_one(rows: list[tuple[str | None, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys("abc", pl.String), orient="row")
    look = needs_a_look(["a", "b", "c"], ["a"])
    blanks = "".join(BLANKS)
    changed = " OR ".join(
        f"""{name} <> trim({name}, '{blanks}') OR length({name}) > {cast_text.LONGEST_TEXT}
        OR regexp_matches({name}, '{cast_text._CONTROL}') OR regexp_matches({name}, '{INVISIBLE}')"""
        for name in "abc"
    )
    no_id = f"regexp_full_match(a, '{cast_text._NULL_WORDS}')"
    with duckdb.connect() as connection, registered(connection, r=frame):
        query = f"SELECT COUNT(*) FROM r WHERE NOT {look} AND COALESCE({changed} OR {no_id}, false)"
        assert connection.execute(query).fetchall() == [(0,)]


def test_a_plain_row_needs_no_look() -> None:
    look = needs_a_look(["a", "b"], ["a"])
    with duckdb.connect() as connection:
        query = f"SELECT {look} FROM (SELECT 'T-1276026' AS a, 'Brake pads & discs, 2 pc.' AS b)"
        assert connection.execute(query).fetchall() == [(False,)]


WAYS = [
    (".", "%Y-%m-%d"), (",", "%Y/%m/%d"), (".", "excel_serial"), (",", "%Y-%m-%d %H:%M %z"), (".", "japanese_era"),
]  # fmt: skip
WRITTEN = st.none() | st.text(st.sampled_from("0123456789-+./:,eE \u3000\u00a0\uff11\u4ee4R"), max_size=12)
DAY = st.dates().map(str) | st.dates().map(lambda day: day.strftime("%Y/%m/%d"))


@pytest.mark.parametrize(("mark", "day_format"), WAYS)
@settings(deadline=None, max_examples=10)
@given(texts=st.lists(WRITTEN | DAY | DAY.map(" {}\t".format), min_size=20, max_size=40))
def test_what_is_typed_as_it_came_is_what_it_is_when_cleaned(
    mark: str, day_format: str, texts: list[str | None]
) -> None:
    source = Source.model_validate(
        {"data_set": "transactions", "path": "x.csv", "format": "csv", "delimiter": ";", "decimal_mark": mark,
         "date_format": day_format, "time_zone": "Asia/Tokyo"}
    )  # fmt: skip
    reading = Reading(source, Ids())
    columns = [column for column in DATA_SETS["transactions"].columns if column.name in {"amount", "activity_date"}]
    with duckdb.connect() as connection, registered(connection, r=pl.DataFrame({"v": texts}, schema={"v": pl.String})):
        for column in columns:
            cleaned = typed(f"trim(v, '{BLANKS}')", column.name, column.dtype, reading)
            at_once = typed_at_once("v", column, source)
            query = f"SELECT v FROM r WHERE {at_once} <> {cleaned} OR ({at_once} IS NOT NULL AND {cleaned} IS NULL)"
            assert connection.execute(query).fetchall() == []


def test_where_a_source_has_words_nothing_is_taken_as_it_came() -> None:
    [amount] = [column for column in DATA_SETS["transactions"].columns if column.name == "amount"]
    source = {"data_set": "transactions", "path": "x.csv", "format": "csv"}
    assert typed_at_once("v", amount, Source.model_validate(source)) is not None
    for words in ({"nothing": ["0"]}, {"values": {"amount": {"free": "0"}}}):
        assert typed_at_once("v", amount, Source.model_validate(source | words)) is None
