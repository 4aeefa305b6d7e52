from __future__ import annotations

import duckdb
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.intake import cast_text
from pipelines.intake.cast_text import BLANKS, all_texts, needs_a_look
from pipelines.warehouse.frames import registered
from schemas.invisible import INVISIBLE

ODD = st.sampled_from(["null", "NaN", "nil", "<NA>", "__HIVE_DEFAULT_PARTITION__", "\\N", " a", "a ", "a\x7f", "|", ""])
TEXT = st.none() | ODD | st.text(st.sampled_from("ab1 |\\\"'_\u00e9\u200b\x01\t" + BLANKS), max_size=5)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=40))
@example(rows=[("N/A", "x", "y"), ("x", "n/a", None), ("x" * 10_001, None, None)])
def test_a_row_that_needs_no_look_would_not_be_changed_by_one(rows: list[tuple[str | None, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys("abc", pl.String), orient="row")
    look = needs_a_look(all_texts(["a", "b", "c"]), ["a", "b", "c"], ["a"])
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
    look = needs_a_look(all_texts(["a", "b"]), ["a", "b"], ["a"])
    with duckdb.connect() as connection:
        query = f"SELECT {look} FROM (SELECT 'T-1276026' AS a, 'Brake pads & discs, 2 pc.' AS b)"
        assert connection.execute(query).fetchall() == [(False,)]
