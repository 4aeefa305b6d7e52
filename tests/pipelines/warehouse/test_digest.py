"""Digests: no value can move, and no two changes make up for each other."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.warehouse import digest as digests_module
from pipelines.warehouse import earlier_digest
from pipelines.warehouse.digest import digest, digests


def of(rows: str) -> str:
    with duckdb.connect() as connection:
        return digest(connection, rows)


def table(*rows: str) -> str:
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS t(a, b, c)"


BASE = table("('x', 'y', 1)", "('z', NULL, 2)", "(NULL, 'z', 3)")


@pytest.mark.parametrize(
    "other",
    [
        table("('xy', '', 1)", "('z', NULL, 2)", "(NULL, 'z', 3)"),  # a letter in the neighbouring column
        table("('x', 'y', 1)", "(NULL, 'z', 2)", "('z', NULL, 3)"),  # values that change places with what is missing
        table("('x', 'y', 1)", "('z', '', 2)", "(NULL, 'z', 3)"),  # empty instead of missing
        table("('x', 'y', 2)", "('z', NULL, 1)", "(NULL, 'z', 3)"),  # figures of two rows exchanged
        table("('x', 'y', 1)", "('x', 'y', 1)", "('z', NULL, 2)", "(NULL, 'z', 3)"),
        table("('x', 'y', 1)", "('z', NULL, 2)"),
        table("('x', 'y', 1::BIGINT)", "('z', NULL, 2)", "(NULL, 'z', 3)"),  # the same text of another type
    ],
)
def test_every_change_shows(other: str) -> None:
    assert of(other) != of(BASE)


def test_values_that_moved_between_rows_were_once_unseen() -> None:
    """What made the earlier digests unfit: `concat_ws` leaves missing values out."""
    moved = table("('x', 'y', 1)", "(NULL, 'z', 2)", "('z', NULL, 3)")
    with duckdb.connect() as connection:
        assert earlier_digest.digest(connection, moved) == earlier_digest.digest(connection, BASE)


def test_the_order_of_rows_and_columns_does_not_matter() -> None:
    assert of(table("(NULL, 'z', 3)", "('x', 'y', 1)", "('z', NULL, 2)")) == of(BASE)
    assert of(f"SELECT c, b, a FROM ({BASE})") == of(BASE)


def test_how_rows_come_in_batches_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = """
        SELECT i % 7 AS seq, i AS line, CASE WHEN i % 3 > 0 THEN repeat('é', i % 5) END AS text, i % 2 = 0 AS is_even,
            CAST(i AS DECIMAL(18, 4)) / 3 AS amount,
            CASE WHEN i % 11 > 0 THEN DATE '2026-01-01' + CAST(i AS INTEGER) END AS day
        FROM range(5000) AS r(i)
    """
    with duckdb.connect() as connection:
        whole, parts = digest(connection, rows), digests(connection, rows, "seq", ["line"])
        monkeypatch.setattr(digests_module, "_BATCH", 64)
        assert digest(connection, rows) == whole
        assert digests(connection, rows, "seq") == digests(connection, rows, "seq", ["line"]) == parts
        for seq, part in parts.items():
            alone = digests(connection, f"SELECT * FROM ({rows}) WHERE seq = {seq}", "seq")
            assert alone == {seq: part}


def test_a_column_that_is_empty_in_all_rows_counts_for_nothing() -> None:
    with duckdb.connect() as connection:
        bare = digests(connection, "SELECT 1 AS seq, 'x' AS a", "seq")
        assert digests(connection, "SELECT 1 AS seq, 'x' AS a, CAST(NULL AS VARCHAR) AS added", "seq") == bare
