"""The page of the output files: what it says of columns is what a run and an export have really written."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from reference_maker.output_files import columns_of

from pipelines.approval.approval_items import Choice
from pipelines.approval.approve import decide, propose
from pipelines.books.runs import Run
from pipelines.erp.export import Asked, export, plan_export
from pipelines.intake import rejects
from pipelines.stages import run_all
from pipelines.workspace.configuration import create_workspace, open_workspace
from pipelines.workspace.profiles import shipped_profile
from reports.erp import journal, overlaps
from reports.erp.manifest import BATCH_KEYS, FILE_KEYS, RUN_KEYS
from reports.statement import entries_file, rebates_file, transactions_file
from schemas.export_fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemas.output_columns import OutputColumn

NUMBER = r"-?\d+(\.\d+)?"
WRITTEN = {"text": ".*", "day": r"\d{4}-\d\d-\d\d", "money": NUMBER, "figure": NUMBER, "whole": r"\d+"}
JSON = {"text": str, "day": str, "whole": int, "list": list, "mapping": dict}
GENERIC = {file.name: columns_of(file) for file in shipped_profile("generic").files}
OF_A_RUN = {**GENERIC, "journal.csv": journal.COLUMNS, "overlaps.csv": overlaps.COLUMNS}
LISTS = {
    "rejects": rejects.COLUMNS,
    "overlaps": overlaps.LISTED,
    "rest": transactions_file.COLUMNS,
    "summed": rebates_file.COLUMNS,
    "entries": entries_file.COLUMNS,
}
ALL = {**OF_A_RUN, **LISTS, **{f"fields of {rows}": fields for rows, fields in FIELDS.items()}}
MANIFESTS = {"run": RUN_KEYS, "export": BATCH_KEYS, "file": FILE_KEYS}
CONFIG = 'accruals: {accounts: {expense: "4100", accrued: "2150", payable: "2100"}}\n'
BAD_ROWS = 'T-0099,D-001,P-100,2026-07-06,2026-07-07,sale,40,piece,1.600.00\nT-0098,D-001,"P-100"\n'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two programs that overlap and two bad rows, run and exported."""
    path = create_workspace(tmp_path_factory.mktemp("written") / "w").root
    rule = path / "rules" / "volume-bonus-2026.yaml"
    text = rule.read_text(encoding="utf-8").replace("volume-bonus-2026", "second-bonus-2026")
    (path / "rules" / "second-bonus-2026.yaml").write_text(text, encoding="utf-8")
    config = (path / "rebatch.yaml").read_text(encoding="utf-8").replace("max_rejects: 1%", "max_rejects: 50%")
    (path / "rebatch.yaml").write_text(config + CONFIG, encoding="utf-8")
    with (path / "extracts" / "transactions.csv").open("a", encoding="utf-8") as extract:
        extract.write(BAD_ROWS)
    workspace = open_workspace(path)
    run_all(workspace, Run(date(2026, 11, 23)))
    everything = Choice(everything=True)
    proposed = propose(workspace, everything, kind="approve", person="ann")
    decide(workspace, everything, proposed, kind="approve", person="ann", reason="")
    asked = Asked("bob", date(2026, 12, 1))
    export(workspace, asked, plan_export(workspace, asked))
    return path


def folder(root: Path, kind: str) -> Path:
    [found] = root.glob("out/export-*" if kind == "export" else "out/[0-9]*")
    return found


def read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return list(rows.fieldnames or ()), list(rows)


def manifest(root: Path, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder(root, kind) / "manifest.json").read_text(encoding="utf-8"))
    return found


def misfits(rows: list[dict[str, str]], columns: Mapping[str, OutputColumn]) -> list[tuple[str, str]]:
    """List the cells that are not written as their column says."""
    cells = [(name, row[name]) for row in rows for name in columns]
    return [(name, text) for name, text in cells if text and not re.fullmatch(WRITTEN[columns[name].kind], text)]


def test_a_run_writes_the_files_of_the_page(root: Path) -> None:
    there = {path.name for path in folder(root, "run").iterdir()}
    assert there == {*OF_A_RUN, "manifest.json", "statements"}


@pytest.mark.parametrize("name", OF_A_RUN)
def test_the_columns_are_those_that_a_run_writes(root: Path, name: str) -> None:
    header, rows = read(folder(root, "run") / name)
    assert header == list(OF_A_RUN[name])
    assert rows
    assert misfits(rows, OF_A_RUN[name]) == []


@pytest.mark.parametrize("name", GENERIC)
def test_the_columns_are_those_that_an_export_writes(root: Path, name: str) -> None:
    header, rows = read(folder(root, "export") / name)
    assert header == list(GENERIC[name])
    assert rows
    assert misfits(rows, GENERIC[name]) == []


def test_the_columns_are_those_of_the_entries_of_an_account(root: Path) -> None:
    header, rows = read(next(folder(root, "run").glob("statements/*-account.csv")))
    assert header == list(entries_file.COLUMNS)
    assert rows
    assert misfits(rows, entries_file.COLUMNS) == []


def test_rejects_have_these_columns_behind_their_own(root: Path) -> None:
    extract, _ = read(root / "extracts" / "transactions.csv")
    header, rows = read(root / "rejects" / "transactions" / "transactions.rejects.csv")
    assert header == [*extract, *rejects.COLUMNS]
    assert misfits(rows, rejects.COLUMNS) == []


@pytest.mark.parametrize(("kind", "keys"), [("run", RUN_KEYS), ("export", BATCH_KEYS)])
def test_the_keys_are_those_of_the_manifest(root: Path, kind: str, keys: Mapping[str, OutputColumn]) -> None:
    found = manifest(root, kind)
    assert set(found) == set(keys)
    assert [key for key, column in keys.items() if not isinstance(found[key], JSON[column.kind])] == []
    for file in found["files"]:
        assert set(file) == set(FILE_KEYS)
        assert [key for key, column in FILE_KEYS.items() if not isinstance(file[key], JSON[column.kind])] == []


@pytest.mark.parametrize("name", ALL)
def test_every_column_has_a_meaning_and_an_example_of_its_type(name: str) -> None:
    assert all(column.meaning and column.example for column in ALL[name].values())
    assert misfits([{key: column.example for key, column in ALL[name].items()}], ALL[name]) == []


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_key_has_a_meaning_and_an_example(name: str) -> None:
    assert all(column.meaning and column.example for column in MANIFESTS[name].values())
