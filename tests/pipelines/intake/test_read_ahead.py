"""ReadAhead: whether files are opened together or alone, the same is loaded, refused and said."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

import pipelines.intake.read_ahead
from pipelines.intake.extract_list import landing_path, read_manifest
from pipelines.intake.input_sql import Input, together
from pipelines.intake.validation import open_door
from pipelines.workspace.configuration import open_workspace
from schemas.errors import ExtractError

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from tests.pipelines.conftest import House

HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency,channel"
GOOD = "{id},M-1,P-1,2026-01-05,2026-01-0{day},sale,1,piece,{amount},USD,web"


def row(name: str, amount: str = "10.00", day: int = 6) -> str:
    return GOOD.format(id=name, amount=amount, day=day)


def put_three(house: House) -> None:
    """Three files with a duplicate, a correction, a ragged record and faults on the same lines."""
    house.configure(max_rejects="100%")
    house.sales(row("T-1"), row("T-2", "ten"), "too,few", row("T-3"), name="tx-1.csv", header=HEADER)
    house.sales(row("T-1"), row("T-3", "12.00", 7), row("T-4").replace("M-1", "M-9"), name="tx-2.csv", header=HEADER)
    house.sales(row("T-5"), row("T-6", "-1"), row("T-5"), row("T-3", "11.00"), name="tx-3.csv", header=HEADER)


def books(house: House) -> list[object]:
    tables = {
        "transactions": "*",
        "rejects": "*",
        "loads": "* EXCLUDE (loaded_at)",
    }
    rows = [house.ask(f"SELECT {columns} FROM {table} ORDER BY ALL") for table, columns in tables.items()]
    pages = sorted((house.root / "rejects").rglob("*.csv"))
    return [rows, [(page.name, page.read_bytes()) for page in pages]]


def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many files are opened at once."""
    counts: list[int] = []

    def noted(inputs: list[Input]) -> Input:
        counts.append(len(inputs))
        return together(inputs)

    monkeypatch.setattr(pipelines.intake.read_ahead, "together", noted)
    return counts


def test_together_is_as_one_by_one(house_type: type[House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = opened(monkeypatch)
    found = []
    for most, at_once in ((250_000, [1, 1, 3]), (8, [1, 1, 2, 1]), (1, [1, 1, 1, 1, 1])):
        house = house_type(tmp_path / str(most))
        put_three(house)
        monkeypatch.setattr(pipelines.intake.read_ahead, "CHUNK_ROWS", most)
        counts.clear()
        assert house.load()["rejected"] == 4
        assert counts == at_once
        found.append(books(house))
    assert found[0] == found[1] == found[2]


def test_many_files_are_opened_in_several_turns(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = opened(monkeypatch)
    monkeypatch.setattr(pipelines.intake.read_ahead, "MOST_FILES", 2)
    for n in range(5):
        house.sales(row(f"T-{n}"), name=f"tx-{n}.csv", header=HEADER)
    assert house.load()["files"] == 7
    assert counts == [1, 1, 2, 2, 1]


def test_files_of_other_columns_are_not_opened_together(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = opened(monkeypatch)
    house.sales(row("T-1"), name="tx-1.csv", header=HEADER)
    house.sales(row("T-2"), name="tx-2.csv", header=HEADER.replace("channel", "shop"))
    assert house.load()["loaded"] == 6
    assert counts == [1, 1, 1, 1]


@pytest.mark.parametrize("content", [b"", b"PAR1 no more of it PAR1"])
def test_a_text_that_was_damaged_since_it_landed_is_named_and_the_others_are_loaded(
    house: House, content: bytes
) -> None:
    for n in (1, 2, 3):
        house.sales(row(f"T-{n}"), name=f"tx-{n}.csv", header=HEADER)
    house.extract()
    workspace = open_workspace(house.root)
    (second,) = (found for found in read_manifest(workspace).extracts if found.path.endswith("tx-2.csv"))
    landing_path(workspace, second.sha256, workspace.config.sources[second.position]).write_bytes(content)
    with pytest.raises(ExtractError, match=r"tx-2\.csv: the file cannot be read to its end"):
        house.stage()
    assert house.ask("SELECT transaction_id FROM transactions") == [("T-1",)]


def test_a_copy_of_what_was_just_loaded_is_passed_over_though_it_was_opened_ahead(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelines.intake.read_ahead, "MOST_FILES", 1)
    for n, name in enumerate(("T-1", "T-1", "T-2", "T-2", "T-3")):
        house.sales(row(name), name=f"tx-{n}.csv", header=HEADER)
    assert house.load()["files"] == 5  # members, products and three
    assert house.ask("SELECT transaction_id FROM transactions ORDER BY 1") == [("T-1",), ("T-2",), ("T-3",)]


def test_what_is_opened_ahead_may_refer_to_what_is_being_loaded(house: House) -> None:
    house.sales(row("T-1"), row("T-2").replace("M-1", "M-9"), name="tx-1.csv", header=HEADER)
    house.configure(max_rejects="100%")
    house.load()
    assert house.ask("SELECT transaction_id FROM transactions") == [("T-1",)]
    assert house.ask("SELECT reason, value FROM rejects") == [("unknown_member", "M-9")]


def test_a_file_that_is_refused_leaves_no_thread_or_table_behind(house: House) -> None:
    house.configure(max_rejects="1%")
    house.sales(row("T-1", "ten"), name="tx-1.csv", header=HEADER)
    house.sales(row("T-2"), name="tx-2.csv", header=HEADER.replace("channel", "shop"))
    threads = set(threading.enumerate())
    with pytest.raises(ExtractError, match="rejected"):
        house.load()
    assert set(threading.enumerate()) <= threads
    assert house.ask("SELECT database_name FROM duckdb_databases() WHERE NOT internal") == [("warehouse",)]
    house.configure(max_rejects="100%")
    assert house.load()["rejected"] == 1


def test_of_long_files_only_one_is_held_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines.intake.read_ahead, "CHUNK_ROWS", 1)
    held: list[int] = []

    def noted(connection: duckdb.DuckDBPyConnection, *others: Any, **more: Any) -> Any:
        tables = "SELECT COUNT(*) FROM duckdb_tables() WHERE database_name = 'at_the_door' AND table_name = 'doors'"
        held.append(connection.execute(tables).fetchall()[0][0])
        return open_door(connection, *others, **more)

    monkeypatch.setattr(pipelines.intake.read_ahead, "open_door", noted)
    for n in range(4):
        house.sales(row(f"T-{n}"), row(f"U-{n}"), name=f"tx-{n}.csv", header=HEADER)
    house.load()
    assert held == [0] * 6
