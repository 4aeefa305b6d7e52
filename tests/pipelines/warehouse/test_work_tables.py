"""The page of work tables says what a run of the demo leaves, and who in the code reads it."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from pipelines.warehouse.connection import connect
from pipelines.warehouse.work_tables import WORK_TABLES, WorkTable
from pipelines.workspace.configuration import open_workspace
from rules.engine import Contract
from rules.rating.inputs import Facts, Lookups

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

OF_DATA_SETS = {"every_version", "transactions_in_force", "excluded_in_force", "visits_in_force", "visit_kpis_in_force"}
"""Views that have the extra columns of the extracts as well."""

READ_BY_RATE = {*Facts.__dataclass_fields__, *Lookups.__dataclass_fields__, *Contract.__dataclass_fields__}
"""Tables that `rate` reads by the fields of these classes, without naming them."""


@pytest.fixture(scope="module")
def left(demo_run: Path) -> dict[str, list[str]]:
    """The tables that a run of the demo leaves: name → columns with their types."""
    columns = """
        SELECT table_name, column_name || ' ' || data_type FROM information_schema.columns
        WHERE table_catalog = current_database() AND table_schema = 'work' ORDER BY table_name, ordinal_position
    """
    tables: dict[str, list[str]] = {}
    with connect(open_workspace(demo_run), read_only=True) as connection:
        for table, column in connection.execute(columns).fetchall():
            tables.setdefault(table, []).append(column)
    return tables


def test_every_table_that_a_run_leaves_stands_on_the_page_and_the_reverse(left: dict[str, list[str]]) -> None:
    assert sorted(left) == sorted(table.name for table in WORK_TABLES)


@pytest.mark.parametrize("table", WORK_TABLES, ids=lambda table: table.name)
def test_its_columns_are_those_that_a_run_leaves(left: dict[str, list[str]], table: WorkTable) -> None:
    stated, found = re.split(r", (?=[a-z])", table.columns), left[table.name]
    assert [column for column in found if column in stated] == stated
    if table.name not in OF_DATA_SETS:
        assert found == stated


def _texts(folder: Traversable) -> str:
    """What stands in the code and the queries of a room, but for what makes tables."""
    text = ""
    for item in folder.iterdir():
        if item.is_dir():
            text += _texts(item)
        elif item.name.endswith((".py", ".sql")):
            text += item.read_text(encoding="utf-8")
    return re.sub(r"(CREATE OR REPLACE (TABLE|VIEW)|INSERT INTO) work\.\w+", "", text)


ROOMS = {
    room.name: _texts(room)
    for room in resources.files("pipelines").iterdir()
    if room.is_dir() and room.name not in {"warehouse", "sample", "__pycache__"}
}


@pytest.mark.parametrize("table", WORK_TABLES, ids=lambda table: table.name)
def test_the_rooms_that_read_it_are_those_that_name_it(table: WorkTable) -> None:
    naming = {
        room for room, text in ROOMS.items()
        if re.search(rf'\bwork\.{table.name}\b|_work\(connection, "{table.name}"\)', text)
    }  # fmt: skip
    if table.name in READ_BY_RATE:
        naming.add("calculation")
    if table.name in {"tiers", "rebates", "provisions"}:
        naming.add("publish")
    assert tuple(sorted(naming)) == table.read_by


@pytest.mark.parametrize("table", WORK_TABLES, ids=lambda table: table.name)
def test_the_module_that_writes_it_exists(table: WorkTable) -> None:
    room, module = table.written_by.split(".")
    assert resources.files(f"pipelines.{room}").joinpath(f"{module}.py").is_file()
