"""Refused files: what a run refused whole is listed until the next run, with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.audit.reject_list import reject_list, reject_tables
from pipelines.audit.status import status
from pipelines.authoring.check import check
from pipelines.stages import run_all
from pipelines.workspace.configuration import open_workspace
from schemas.errors import ExtractError
from tests.pipelines.conftest import RUN
from tests.pipelines.history import PROGRAM

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

pytestmark = pytest.mark.sampled(2, of="module")

SALE = "T-{},M-1,P-1,2026-01-05,2026-01-06,sale,1,piece,{},USD"


def night(house: House) -> None:
    (house.root / "rules").mkdir(exist_ok=True)
    (house.root / "rules" / "deal.yaml").write_text(PROGRAM.format(rate="2%"), encoding="utf-8")
    run_all(open_workspace(house.root), RUN)


def listed(house: House) -> list[tuple[object, ...]]:
    return reject_list(open_workspace(house.root)).select("file", "line", "column", "reason").rows()


def refused_by_check(house: House) -> list[str]:
    warnings = next(table.frame for table in check(open_workspace(house.root)) if table.name == "warnings")
    return list(warnings.filter(kind="refused")["where"])


def test_the_rows_of_a_refused_file_are_rejects_until_it_is_taken(house: House) -> None:
    house.configure(max_rejects="1%")
    house.sales(SALE.format(1, 10), SALE.format(2, "x"), SALE.format(3, "y"))
    with pytest.raises(ExtractError):
        night(house)
    file = "extracts/tx.csv"
    assert listed(house) == [
        (file, None, "", "file_refused"),
        (file, 3, "amount", "not_a_number"),
        (file, 4, "amount", "not_a_number"),
    ]
    workspace = open_workspace(house.root)
    shown = reject_tables(reject_list(workspace))[0].frame
    assert "2 of 3 rows are rejected" in shown["reason"][0]
    still_open = next(table.frame for table in status(workspace) if table.name == "open_rejects")
    assert still_open["rows"].to_list() == [1, 2]
    assert refused_by_check(house) == [file]
    house.sales(SALE.format(1, 10))
    night(house)
    assert listed(house) == []
    assert refused_by_check(house) == []


def test_a_file_that_cannot_be_read_is_listed_too(house: House) -> None:
    house.sales(SALE.format(1, 10), header="a,b")
    with pytest.raises(ExtractError):
        night(house)
    found = reject_list(open_workspace(house.root))
    assert set(found["file"]) == {"extracts/tx.csv"}
    assert set(found["data_set"]) == {"transactions"}
    assert "there is no column 'transaction_id'" in " ".join(found["value"])


def test_a_file_of_visits_that_the_run_goes_on_without_is_listed(house: House) -> None:
    house.configure(max_rejects="0%", sources="  - {data_set: visits, path: extracts/visits.csv, format: csv}")
    house.sales(SALE.format(1, 10))
    house.put("visits.csv", "visit_id,member_id,status\nV-1,M-1,gone\n")
    night(house)
    visits = "extracts/visits.csv"
    assert listed(house) == [(visits, None, "", "file_refused"), (visits, 2, "status", "not_allowed")]
