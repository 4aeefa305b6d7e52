from __future__ import annotations

import duckdb
import pytest

from pipelines.intake import written_rows
from pipelines.intake.written_rows import Written, written_batches
from pipelines.warehouse.digest import digest_in_order, digests

DOOR = """
    CREATE TEMP TABLE door AS
    SELECT n AS line, 'T-' || n AS transaction_id, CASE WHEN n % 3 = 0 THEN NULL ELSE n * 1.5 END AS amount,
        false AS is_faulty
    FROM (SELECT n * 2 AS n FROM range(1, 400) AS t(n)) ORDER BY {order}
"""
ROWS = "SELECT d.* EXCLUDE (is_faulty), 'erp' AS source FROM door AS d"
TABLE = "SELECT *, 7 AS load_seq FROM ({rows}) WHERE line NOT IN ({left_out})"


@pytest.mark.parametrize("is_short", [True, False])
@pytest.mark.parametrize("order", ["line", "line DESC", "line % 50, line"])
@pytest.mark.parametrize("left_out", ["line % 10 = 4", "true", "false", "line < 0", "line > 700 OR line = 2"])
def test_rows_read_in_parts_have_the_digest_of_their_table(
    monkeypatch: pytest.MonkeyPatch, order: str, left_out: str, *, is_short: bool
) -> None:
    monkeypatch.setattr(written_rows, "_PART", 64)
    monkeypatch.setattr(written_rows, "_BATCH", 10)
    monkeypatch.setattr(written_rows, "_SHORT", 399 if is_short else 398)
    without = f"SELECT line FROM door WHERE {left_out}"
    written = Written(ROWS, None if left_out == "false" else without, 399)
    with duckdb.connect() as connection:
        connection.execute(DOOR.format(order=order))
        content = digest_in_order(written_batches(connection, written))
        kept = digests(connection, TABLE.format(rows=ROWS, left_out=without), "load_seq", ["line"])
    assert kept == ({} if left_out == "true" else {7: content})


def test_a_file_without_rows_has_no_batches() -> None:
    with duckdb.connect() as connection:
        connection.execute(DOOR.format(order="line"))
        connection.execute("DELETE FROM door")
        assert list(written_batches(connection, Written(ROWS, "SELECT line FROM door", 0))) == []
