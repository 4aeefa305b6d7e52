from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.warehouse.background import Background
from pipelines.warehouse.migrations import BOOKS_SQL

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDLESS = "SELECT MAX(hash(range)) FROM range(1000000000000)"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(BOOKS_SQL)  # its views are made for the background too
        yield opened


def value(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    return connection.execute(query).fetchall()[0][0]


def test_what_was_asked_is_waited_for(connection: duckdb.DuckDBPyConnection) -> None:
    with Background(connection) as beside:
        found = beside.ask(value, "SELECT SUM(range) FROM range(5000000)")
    assert found.done()
    assert found.result() == sum(range(5_000_000))


def test_each_comes_in_its_turn_and_the_next_is_under_way(connection: duckdb.DuckDBPyConnection) -> None:
    asked: list[str] = []

    def noted(connection: duckdb.DuckDBPyConnection, query: str) -> object:
        asked.append(query)
        return value(connection, query)

    queries = [f"SELECT {n}" for n in range(4)]
    with Background(connection) as beside:
        made = beside.one_ahead(noted, queries)
        beside.ask(value, "SELECT 1").result()
        assert asked == queries[:1]
        assert next(made) == 0
        beside.ask(value, "SELECT 1").result()
        assert asked == queries[:2]
        assert list(made) == [1, 2, 3]
        assert list(beside.one_ahead(noted, [])) == []


def test_where_the_rest_fails_it_is_stopped(connection: duckdb.DuckDBPyConnection) -> None:
    def started(connection: duckdb.DuckDBPyConnection) -> object:
        connection.execute("CREATE TABLE started AS SELECT 1")
        return value(connection, ENDLESS)

    with pytest.raises(KeyboardInterrupt), Background(connection) as beside:  # noqa: PT012 - it takes a moment to start
        found = beside.ask(started)
        waiting = beside.ask(value, "SELECT 1")
        while not value(connection, "SELECT COUNT(*) FROM duckdb_tables()"):
            pass
        raise KeyboardInterrupt
    assert isinstance(found.exception(), duckdb.InterruptException)
    assert waiting.cancelled()
