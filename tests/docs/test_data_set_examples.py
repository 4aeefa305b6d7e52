"""The examples of the data sets' page are rows that Rebatch loads."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.books.runs import Run
from pipelines.intake.extract import extract
from pipelines.intake.stage import stage
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import Workspace, open_workspace
from schemas.catalogue import DATA_SETS, DataSet

if TYPE_CHECKING:
    from pathlib import Path

EVERY = pytest.mark.parametrize("data_set", DATA_SETS.values(), ids=list(DATA_SETS))
HEAD = "name: Examples\ncurrency: USD\nmax_rejects: 100%\nsources:\n"
SOURCE = "  - {{data_set: {name}, path: {name}.csv, format: csv}}\n"


def example_of(data_set: DataSet) -> dict[str, str]:
    return {column.name: column.example for column in data_set.columns}


def rows_of(data_set: DataSet) -> list[dict[str, str]]:
    """The example, and the members that those of other data sets name beside it."""
    example = example_of(data_set)
    if data_set.name != "members":
        return [example]
    above = example_of(DATA_SETS["hierarchy"])["parent_id"]
    return [example, dict.fromkeys(example, "") | {"member_id": above}]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "rebatch.yaml").write_text(HEAD + "".join(SOURCE.format(name=name) for name in DATA_SETS))
    for name, data_set in DATA_SETS.items():
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, example_of(data_set))
            writer.writeheader()
            writer.writerows(rows_of(data_set))
    return open_workspace(tmp_path)


@EVERY
def test_every_column_has_a_meaning_and_an_example(data_set: DataSet) -> None:
    lacking = [column.name for column in data_set.columns if not (column.description and column.example)]
    assert lacking == [], "say description= and metadata={'example': …} in its model"


def test_every_example_is_loaded(workspace: Workspace) -> None:
    run = Run(date(2026, 11, 23))
    extract(workspace, run)
    stage(workspace, run)
    with connect(workspace, read_only=True) as connection:
        rejected = connection.execute("SELECT data_set, column_name, reason, value FROM rejects").fetchall()
        loaded = {name: connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone() for name in DATA_SETS}
    assert rejected == []
    assert loaded == {name: (len(rows_of(data_set)),) for name, data_set in DATA_SETS.items()}
