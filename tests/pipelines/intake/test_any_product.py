"""Conversions of any product: an empty cell and the word any are one and the same, in keys and in corrections too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

HEADER = "product_id,from_unit,to_unit,factor\n"
IN_FORCE = "SELECT product_id, from_unit, factor FROM unit_conversions WHERE superseded_seq IS NULL ORDER BY ALL"


def test_any_and_an_empty_product_have_one_key(house: House) -> None:
    house.configure(
        more="ids: {case: upper}",
        sources="  - {data_set: unit_conversions, path: extracts/units*.csv, format: csv}",
    )
    house.sales("T-1,M-1,P-1,2026-01-05,2026-01-06,sale,1,each,1,USD")
    house.put(
        "units-1.csv", HEADER + ",case,each,12\nAny,box,each,6\nP-1,case,each,10\nP-9,case,each,9\n,drum,each,x\n"
    )
    house.load()
    assert house.ask(IN_FORCE) == [("P-1", "case", "10"), (None, "box", "6"), (None, "case", "12")]
    assert house.reasons() == [(5, "product_id", "unknown_product", "P-9"), (6, "factor", "not_a_factor", "x")]
    house.put("units-2.csv", HEADER + "ANY,case,each,24\n,box,each,6\n")
    assert house.load()["loaded"] == 1
    assert house.ask(IN_FORCE) == [("P-1", "case", "10"), (None, "box", "6"), (None, "case", "24")]
    [rejects] = (house.root / "rejects").rglob("*.csv")
    corrected = rejects.read_text(encoding="utf-8").replace("drum,each,x", "drum,each,200")
    house.put("units-3.csv", "".join(line for line in corrected.splitlines(keepends=True) if "P-9" not in line))
    house.load()
    assert (None, "drum", "200") in house.ask(IN_FORCE)
    assert house.ask("SELECT column_name FROM rejects WHERE resolved_seq IS NULL") == [("product_id",)]
