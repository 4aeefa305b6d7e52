"""Members are rated in batches: the tables are the same whatever a batch holds, and none holds more than it may."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.books.runs import Run
from pipelines.calculation import batches
from pipelines.calculation.aggregate import aggregate
from pipelines.calculation.rate import rate
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read_work
from pipelines.workspace.configuration import Workspace, open_workspace
from schemas.errors import BooksError, RuleError
from schemas.workspace import Accruals
from tests.conftest import AS_OF

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = ("entitlements", "forecast", "unconverted")
FEW = 4_000
"""So little at once that the demo takes several batches."""
WITHOUT_RATES = "DELETE FROM work.fx_rates WHERE from_currency = 'JPY' AND rate_date < DATE '2025-03-01'"
TOO_MUCH = "UPDATE work.tiers SET most = 0 WHERE program IN ('dealer-revenue', 'store-chains')"
TWO_TARGETS = "INSERT INTO work.agreed SELECT kind, program, rebate, member_id, period, value + 1 FROM work.agreed"


@pytest.fixture(scope="module")
def ahead(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demo, added up with its open periods ahead, without some exchange rates."""
    root = tmp_path_factory.mktemp("batches")
    for part in ("data/demo", "rules"):
        shutil.copytree(demo_run.parents[1] / part, root / part, ignore=shutil.ignore_patterns("out", "landing"))
    workspace = open_workspace(root / "data" / "demo")
    accounts = {"expense": "1", "accrued": "2", "payable": "3"}
    config = workspace.config.model_copy(update={"accruals": Accruals.model_validate({"accounts": accounts})})
    workspace = replace(workspace, config=config)
    aggregate(workspace, Run(AS_OF))
    with connect(workspace) as connection:
        connection.execute(WITHOUT_RATES)
    return workspace


@contextmanager
def few_at_once(at_once: int = FEW) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "AT_ONCE", at_once)
        yield


def tables(workspace: Workspace) -> dict[str, pl.DataFrame]:
    rate(workspace, Run(AS_OF))
    with connect(workspace, read_only=True) as connection:
        return {name: read_work(connection, name) for name in TABLES}


def test_the_tables_are_the_same_whatever_is_rated_at_once(ahead: Workspace) -> None:
    whole = tables(ahead)
    assert all(not frame.is_empty() for frame in whole.values())
    with few_at_once():
        parted = tables(ahead)
    assert all(parted[name].equals(whole[name]) for name in TABLES)


def test_a_batch_holds_what_may_be_rated_at_once_and_all_of_a_program_with_a_budget(ahead: Workspace) -> None:
    with connect(ahead) as connection:
        [whole] = batches.read_batches(connection)
        with few_at_once():
            budgeted, *parts = batches.read_batches(connection)
    assert len(parts) > 1
    assert budgeted[2].rebates["program"].unique().to_list() == ["promotion-fund-2026"]
    for facts, lookups, _ in parts:
        assert (
            facts.cells.height + facts.counted.height + lookups.participants.height <= 2 * FEW
        )  # the node it begins with may weigh as much again
    nodes = pl.concat(facts.nodes for facts, _, _ in parts)
    assert nodes.height == nodes.unique().height == whole[0].nodes.height


@pytest.mark.parametrize(("change", "refusal"), [(TWO_TARGETS, BooksError), (TOO_MUCH, RuleError)])
def test_what_is_refused_is_said_of_all_batches_and_the_tables_stay(
    ahead: Workspace, tmp_path: Path, change: str, refusal: type[BooksError | RuleError]
) -> None:
    there = replace(ahead, root=Path(shutil.copytree(ahead.root, tmp_path / "changed")))
    with connect(there) as connection:
        connection.execute(change)
    said = []
    for at_once in (batches.AT_ONCE, FEW):
        with few_at_once(at_once), pytest.raises(refusal) as raised:
            rate(there, Run(AS_OF))
        said.append(str(raised.value))
    assert said[0] == said[1]
    with connect(there, read_only=True) as connection:
        assert not read_work(connection, "entitlements")["node_amount"].has_nulls()
